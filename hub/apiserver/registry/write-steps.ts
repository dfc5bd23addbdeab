// What every object goes through on its way into the store, in order. Read `writeSteps` first.

import { deepEqual, invalid, type KubeObject, type Live } from '../../../shared/machinery/index.ts';
import { type Kind, metaOf } from '../kind.ts';
import type { ApiRequest } from '../request.ts';
import { judgeNew, judgeUpdate } from './judge.ts';
import type { Entries } from './managed-fields/index.ts';
import type { RegistryParts } from './registry-parts.ts';
import { setCreatedMeta, setUpdatedMeta } from './system-meta.ts';
import type { View } from './view.ts';

export interface PendingWrite {
  readonly request: ApiRequest;
  readonly kind: Kind;
  readonly view: View;
  /** Changed in place by the steps. */
  readonly next: KubeObject;
  /** Absent for a create. */
  readonly old?: Live | undefined;
  /** Who writes, as managed fields name it. */
  readonly manager: string;
  /** Where an apply has settled them. */
  readonly managedFields?: Entries | undefined;
  /** Sentences for the Warning header; the steps add theirs. */
  readonly warnings: string[];
}

type WriteStep = (write: PendingWrite, parts: RegistryParts) => void | Promise<void>;

/** What admission adds belongs to nobody, and may need defaults in its turn. */
export const writeSteps: readonly WriteStep[] = [
  fillDefaults,
  trackFields,
  admit,
  fillDefaults,
  setNewMeta,
  prepare,
  setChangedMeta,
  allocate,
  judge,
  review,
];

/** Throws what the first failing step throws. */
export async function takeSteps(write: PendingWrite, parts: RegistryParts): Promise<void> {
  for (const step of writeSteps) {
    const pending = step(write, parts);
    if (pending) await pending;
  }
}

/** Admission plugins may change the object; what a program outside makes of it is theirs to see once more. */
async function admit(write: PendingWrite, { admission }: RegistryParts): Promise<void> {
  const { request } = write;
  const { next, old } = askedOf(write);
  let changed = false;
  for (const plugin of admission) {
    const admitted = plugin.admit?.(request, next, old);
    if (admitted && (await admitted) === 'changed') changed = true;
  }
  if (changed)
    for (const plugin of admission)
      await (plugin.readmit ? plugin.readmit(request, next, old) : plugin.admit?.(request, next, old));
  if (next !== write.next) write.view.asked?.take(next, write.next);
}

/** A write as admission sees it. */
function askedOf({ view, next, old }: PendingWrite): Pick<PendingWrite, 'next' | 'old'> {
  return view.asked && old ? view.asked.of(next, old) : { next, old };
}

function fillDefaults({ kind, next }: PendingWrite): void {
  kind.strategy.default?.(next);
}

function trackFields(write: PendingWrite, { fields, clock }: RegistryParts): void {
  const { request, kind, view, next, old, manager, managedFields } = write;
  if (managedFields && managedFields.length > 0) metaOf(next).managedFields = managedFields;
  else if (managedFields) delete metaOf(next).managedFields;
  else if (view.tracked === false) metaOf(next).managedFields = old?.metadata.managedFields;
  else fields.track({ kind, manager, subresource: request.subresource, now: clock.now() }, next, old);
}

/** Drops what this request may not decide. */
function prepare({ kind, view, next, old, warnings }: PendingWrite, { clock }: RegistryParts): void {
  const { strategy } = kind;
  if (old) view.prepare(strategy, next, old, clock.now());
  else {
    warnings.push(...(strategy.settleForCreate?.(next) ?? []));
    strategy.prepareForCreate?.(next);
  }
}

/** uid, creationTimestamp, generation …: the server's own. A new object has them before its Kind looks at it. */
function setNewMeta({ kind, next, old }: PendingWrite, { clock }: RegistryParts): void {
  if (!old) setCreatedMeta(next, kind, clock.now());
}

function setChangedMeta({ kind, view, next, old }: PendingWrite): void {
  if (!old) return;
  setUpdatedMeta(next, old, view.countsGeneration && isCounted(kind, next, old));
}

function isCounted(kind: Kind, next: KubeObject, old: Live): boolean {
  const { generation } = kind.strategy;
  if (!generation || generation === 'constant') return false;
  if (!sameContent(kind, next, old)) return true;
  if (generation === true) return false;
  const counted = generation === 'labels-too' ? 'labels' : 'annotations';
  return !deepEqual(next.metadata?.[counted] ?? {}, old.metadata[counted] ?? {});
}

/** Cluster IPs and node ports of Services. */
function allocate(
  { request, next, old, view }: PendingWrite,
  { services }: RegistryParts,
): Promise<void> | void {
  if (view.allocates) return services.allocate(request, next, old);
}

/** Throws Invalid with all that is wrong; what the writer is to be warned of is said with the answer. */
async function judge(
  { kind, view, next, old, warnings }: PendingWrite,
  { judgements, schemas }: RegistryParts,
): Promise<void> {
  const { faults, warned } = old ? judgeUpdate(kind, view, next, old) : judgeNew(judgements, kind, next);
  const later = view.countsGeneration ? await kind.strategy.validateLater?.(next, old, schemas) : undefined;
  const { group, kind: noun } = kind.row.storedAs ?? kind.row;
  const all = later ? [...faults, ...later] : faults;
  if (all.length > 0) throw invalid(group, noun, metaOf(next).name ?? '', all);
  warnings.push(...warned);
}

/** Admission plugins have the last word. */
async function review(write: PendingWrite, { admission }: RegistryParts): Promise<void> {
  const { next, old } = askedOf(write);
  for (const plugin of admission) {
    const pending = plugin.validate?.(write.request, next, old);
    if (pending) await pending;
  }
}

/** Whether all but metadata and status is the same. */
function sameContent({ row }: Kind, next: KubeObject, old: KubeObject): boolean {
  return deepEqual(contentOf(row, next), contentOf(row, old));
}

function contentOf({ custom, subresources }: Kind['row'], object: KubeObject): object {
  // A custom resource without the subresource has no status but what it calls so.
  const ownStatus = custom && !subresources.includes('status');
  const fields = Object.entries(object).filter(
    ([field]) => field !== 'metadata' && (ownStatus || field !== 'status'),
  );
  return Object.fromEntries(fields);
}
