// Keeps metadata.managedFields of everything that is written, and merges what is applied.
//
// Objects that live in memory only (leases, events) are written often and by one writer each: as upstream does with
// objects from before it kept managers, they are tracked from the first time that somebody applies them.

import {
  ApplyConflict,
  checkTyped,
  decodeOwners,
  emptySet,
  encodeOwner,
  encodeOwners,
  type FieldSet,
  FieldsPool,
  fieldSetOf,
  fieldsLastApplied,
  firstFields,
  hasField,
  lastAppliedOf,
  type ManagedFieldsEntry,
  type Manager,
  type Owners,
  Reconciler,
  Shapes,
  sameOwners,
  settleApply,
  settleUpdate,
  type TypedContext,
  TypedError,
  withLastApplied,
} from '../../../../shared/machinery/apply/index.ts';
import {
  ApiError,
  apiVersionOf,
  ContentMemo,
  deepEqual,
  formatTime,
  isRecord,
  type JsonObject,
  type KubeObject,
  type SchemaSet,
  type ZeroFields,
} from '../../../../shared/machinery/index.ts';
import { type Kind, metaOf } from '../../kind.ts';

/** Who writes what: the Kind, the name of the manager, and through which subresource. */
export interface Writing {
  kind: Kind;
  manager: string;
  subresource: string | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

export type Entries = ManagedFieldsEntry[];

export interface AppliedObject {
  object: JsonObject;
  entries: Entries;
}

/** The manager of all fields that were there before anybody was kept. */
const beforeFirstApply = 'before-first-apply';
/** Only kubectl's own applies take over from client-side apply. */
const kubectl = 'kubectl';

export interface FieldOwnershipOptions {
  schemas: SchemaSet;
  /** Of the same types. */
  zeros: ZeroFields;
  pool?: FieldsPool;
}

export class FieldOwnership {
  private readonly shapes: Shapes;
  private readonly reconciler: Reconciler;
  private readonly pool: FieldsPool;
  /** Of new objects that are often made alike. */
  private readonly firsts = new ContentMemo<FieldSet>();
  private lastTime = { second: Number.NaN, text: '' };
  private readonly zeros: ZeroFields;

  constructor({ schemas, zeros, pool = new FieldsPool() }: FieldOwnershipOptions) {
    this.zeros = zeros;
    this.pool = pool;
    this.shapes = new Shapes(schemas);
    this.reconciler = new Reconciler(this.shapes);
  }

  /** Sets the managed fields of an object that is to be created or updated, in place. */
  track(writing: Writing, next: KubeObject, old?: KubeObject): void {
    const meta = metaOf(next);
    const entries = this.entriesAfter(writing, next, old);
    if (entries && entries.length > 0) meta.managedFields = entries;
    else delete meta.managedFields;
  }

  /**
   * The object with the configuration put in; `live` is absent where it is to be created. Nothing is changed in place.
   * Throws ApiError Conflict unless forced, TypedError for a configuration that is not of the Kind's type.
   */
  apply(writing: Writing, config: JsonObject, live: KubeObject | undefined, force: boolean): AppliedObject {
    const context = this.contextOf(writing);
    this.check(context.typeName, config);
    const owners = this.ownersBefore(writing, live);
    const manager = managerOf(writing, 'Apply');
    const now = this.timeOf(writing);
    const base = withoutEntries(live ?? this.zeroOf(writing));
    const settle = (forced: boolean) =>
      settleApply(context, { live: base, config, owners, manager, force: forced, now });
    try {
      const applied = this.settleAs(writing, settle, context, base, force);
      const kept = writing.manager === kubectl && lastAppliedOf(applied.object) !== undefined;
      const object = kept ? withLastApplied(applied.object, config) : applied.object;
      return { object, entries: encodeOwners(applied.owners, this.pool) };
    } catch (error) {
      if (error instanceof ApplyConflict) throw error.toApiError();
      throw error;
    }
  }

  /** Throws TypedError for what is not of that type. */
  check(typeName: string, config: JsonObject): void {
    checkTyped(this.shapes, typeName, config);
  }

  /** Whether nothing but times of managed fields differs. */
  isUnchanged(next: KubeObject, old: KubeObject): boolean {
    const meta = metaOf(next);
    const { managedFields: before = [] } = old.metadata ?? {};
    const { managedFields: after = [] } = meta;
    if (!sameOwners(after, before, this.pool)) return false;
    const untimed = { ...meta, managedFields: old.metadata?.managedFields };
    return deepEqual({ ...next, metadata: untimed }, old);
  }

  private entriesAfter(writing: Writing, next: KubeObject, old: KubeObject | undefined): Entries | undefined {
    const sent = writing.subresource ? undefined : metaOf(next).managedFields;
    const before = old?.metadata?.managedFields;
    const owners = this.ownersSent(sent, before);
    if (owners.size === 0 && !tracksFrom(writing.kind, old)) return undefined;
    try {
      if (owners.size === 0 && !old) return this.firstEntries(writing, next);
      const settled = settleUpdate(this.contextOf(writing), {
        before: old ?? this.zeroOf(writing),
        after: next,
        owners,
        manager: managerOf(writing, 'Update'),
        // Upstream loses it on the way from the Scale to the object.
        now: writing.subresource === 'scale' ? undefined : this.timeOf(writing),
      });
      return settled === owners && !differ(sent, before) ? before : encodeOwners(settled, this.pool);
    } catch (error) {
      // Validation will have its say on such an object; whose it is stays as it was.
      if (error instanceof TypedError) return before;
      // As upstream: the object is kept all the same, whose it is is not, and nobody can apply to it.
      if (ApiError.is(error, 'RequestEntityTooLarge')) return undefined;
      throw error;
    }
  }

  /** Whoever creates an object has all of it. */
  private firstEntries(writing: Writing, next: KubeObject): Entries {
    const context = this.contextOf(writing);
    const work = () => firstFields(context, this.zeroOf(writing), next);
    const alike = writing.kind.strategy.judgedBy !== undefined;
    const set = alike ? this.firsts.of([context.typeName, withoutNames(next)], work) : work();
    if (set.size === 0) return [];
    const manager = managerOf(writing, 'Update');
    return [encodeOwner({ manager, set, time: this.timeOf(writing) }, this.pool)];
  }

  /** Managers as the writer sends them, unless it sends none, or nonsense. One empty entry forgets all. */
  private ownersSent(sent: Entries | undefined, before: Entries | undefined): Owners {
    if (!sent || sent.length === 0 || !differ(sent, before)) return this.decoded(before);
    if (isReset(sent)) return new Map();
    const owners = this.decoded(sent);
    return owners.size > 0 ? owners : this.decoded(before);
  }

  private decoded(entries: Entries | undefined): Owners {
    try {
      return decodeOwners(entries ?? [], this.pool);
    } catch {
      // Clients may send what they like: what cannot be read says nothing.
      return new Map();
    }
  }

  /** Before the first apply to an object whose managers were not kept, one manager has all of its fields. */
  private ownersBefore(writing: Writing, live: KubeObject | undefined): Owners {
    if (!live) return new Map();
    const owners = this.decoded(live.metadata?.managedFields);
    if (owners.size > 0) return owners;
    return settleUpdate(this.contextOf(writing), {
      before: this.zeroOf(writing),
      after: live,
      owners,
      manager: managerOf({ ...writing, manager: beforeFirstApply }, 'Update'),
      now: this.timeOf(writing),
    });
  }

  /** As upstream: kubectl takes over, without being forced, the fields that its client-side apply set last. */
  private settleAs<T>(
    { manager, kind }: Writing,
    settle: (forced: boolean) => T,
    context: TypedContext,
    live: JsonObject,
    force: boolean,
  ): T {
    try {
      return settle(force);
    } catch (error) {
      if (!(error instanceof ApplyConflict) || manager !== kubectl) throw error;
      const allowed = fieldsLastApplied(context, live, apiVersionOf(kind.row));
      const left = error.conflicts.filter(({ path }) => !hasField(allowed, path));
      if (left.length > 0) throw new ApplyConflict(left);
      return settle(true);
    }
  }

  /** Writes of one second share one text. */
  private timeOf({ now }: Writing): string {
    const second = Math.floor(now / 1000);
    if (second !== this.lastTime.second) this.lastTime = { second, text: flat(formatTime(now)) };
    return this.lastTime.text;
  }

  private contextOf({ kind, subresource }: Writing): TypedContext {
    const { shapes, reconciler } = this;
    const typeName = kind.strategy.schema;
    return { shapes, reconciler, typeName, ignored: ignoredFields(kind, subresource) };
  }

  /** What a create is compared with: the object as Go has it before anything is read into it. `f:containers` is there, empty. */
  private zeroOf({ kind: { row, strategy } }: Writing): JsonObject {
    // Custom resources have no structs: nothing of them is there before it is set.
    return row.custom ? {} : this.zeros.whole(strategy.schema, {});
  }
}

const statusField: FieldSet = fieldSetOf(['f:status']);
const specField: FieldSet = fieldSetOf(['f:spec']);

/** What a write through this door cannot change. */
function ignoredFields({ row }: Kind, subresource: string | undefined): FieldSet {
  if (subresource === 'status') return specField;
  return !subresource && row.subresources.includes('status') ? statusField : emptySet;
}

function tracksFrom({ row }: Kind, old: KubeObject | undefined): boolean {
  return !old && row.retention !== 'memory';
}

function managerOf({ kind, manager, subresource = '' }: Writing, operation: 'Apply' | 'Update'): Manager {
  return { name: manager, operation, apiVersion: apiVersionOf(kind.row), subresource };
}

/** The same text in one piece of memory: what is put together otherwise keeps its parts. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function isReset(entries: Entries): boolean {
  const [only] = entries;
  return entries.length === 1 && only !== undefined && Object.keys(only).length === 0;
}

function differ(sent: Entries | undefined, before: Entries | undefined): boolean {
  if (!sent || sent.length === 0 || sent === before) return false;
  // Clients send back what they read: text is the quickest way to see it.
  return JSON.stringify(sent) !== JSON.stringify(before) && !deepEqual(sent, before);
}

/** All of an object but which one it is. */
function withoutNames(object: KubeObject): object {
  return { ...object, metadata: { ...object.metadata, name: undefined, namespace: undefined } };
}

function withoutEntries(object: KubeObject | JsonObject): JsonObject {
  const { metadata } = object;
  if (!isRecord(metadata)) return { ...object };
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}
