// What a write does to the fields of all managers: the writer takes what it changed, the others lose it.
// The rules are those of structured-merge-diff's Updater (v4) and apimachinery's managedfields.

import type { JsonObject } from '../json-object.ts';
import { type Comparison, compareFields, exceptFields, isSame } from './compare-fields.ts';
import { ApplyConflict, type Conflict } from './conflict.ts';
import {
  difference,
  emptySet,
  type FieldSet,
  fieldPaths,
  fieldSetOf,
  intersection,
  recursiveDifference,
  union,
} from './field-set.ts';
import { claimedFields } from './fields-of-value.ts';
import { mergeValues } from './merge-values.ts';
import { withNamedFields } from './named-fields.ts';
import { capUpdaters, type Manager, type ManagerId, managerId, type Owner, type Owners } from './owners.ts';
import type { Reconciler } from './reconcile-set.ts';
import { removeFields } from './remove-fields.ts';
import type { Shapes } from './shape.ts';

/** The type of an object, and how to look at it. */
export interface TypedContext {
  readonly shapes: Shapes;
  readonly reconciler: Reconciler;
  readonly typeName: string;
  /** Fields that this way of writing (e.g. through `status`) cannot change. */
  readonly ignored: FieldSet;
}

/** What nobody manages: the server's own fields, and what says which object it is. */
const unmanaged: FieldSet = fieldSetOf(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => ['f:metadata', `f:${name}`]),
);

export interface Update {
  before: unknown;
  after: unknown;
  owners: Owners;
  manager: Manager;
  /** RFC 3339; absent: the time is not kept. */
  now: string | undefined;
}

/** What the writer of a new object has: all that it has and its zero value has not. Throws TypedError. */
export function firstFields(
  { shapes, typeName, ignored }: TypedContext,
  zero: unknown,
  object: unknown,
): FieldSet {
  return fieldsTaken(exceptFields(compareFields(shapes, typeName, zero, object), ignored));
}

function fieldsTaken({ modified, added }: Comparison): FieldSet {
  return difference(union(modified, added), unmanaged);
}

/** The owners after an update. Answers `owners` itself where nothing changed hands. Throws TypedError. */
export function settleUpdate(context: TypedContext, update: Update): Owners {
  const { before, after, manager, now } = update;
  const { shapes, typeName, ignored } = context;
  const owners = reconciled(context, update.owners);
  const comparison = exceptFields(compareFields(shapes, typeName, before, after), ignored);
  if (isSame(comparison)) return update.owners;
  const settled = settle(owners, comparison, { force: true });
  const changed = fieldsTaken(comparison);
  if (changed.size > 0) {
    const id = managerId(manager);
    const set = union(settled.get(id)?.set ?? emptySet, changed);
    settled.set(id, { manager, set, time: now });
  }
  return capUpdaters(settled, union);
}

export interface Apply {
  live: JsonObject;
  config: JsonObject;
  owners: Owners;
  manager: Manager;
  force: boolean;
  /** RFC 3339 */
  now: string;
}

export interface Applied {
  object: JsonObject;
  owners: Owners;
}

/**
 * The live object with the configuration put in, and without what its manager applied before and leaves out now (unless
 * somebody else manages it). Throws ApplyConflict unless forced, TypedError. The configuration has been checked.
 */
export function settleApply(context: TypedContext, apply: Apply): Applied {
  const { shapes, typeName, ignored } = context;
  const { live, config, manager, force, now } = apply;
  const id = managerId(manager);
  const before = reconciled(context, apply.owners);
  const last = before.get(id);
  const set = recursiveDifference(claimedFields(shapes, typeName, config), ignored);
  const owners = new Map(before).set(id, { manager, set, time: now });
  const merged = mergeValues(shapes, typeName, live, config);
  const object = last ? prune(context, merged, owners, last) : merged;
  const comparison = exceptFields(compareFields(shapes, typeName, live, object), ignored);
  const settled = settle(owners, comparison, { force, writer: id });
  const kept = difference(set, unmanaged);
  if (kept.size === 0) settled.delete(id);
  else settled.set(id, { manager, set: kept, time: now });
  return { object, owners: settled };
}

function reconciled({ reconciler, typeName }: TypedContext, owners: Owners): Owners {
  let result: Map<ManagerId, Owner> | undefined;
  for (const [id, owner] of owners) {
    const set = reconciler.reconcile(typeName, owner.set);
    if (set === owner.set) continue;
    result ??= new Map(owners);
    result.set(id, { manager: owner.manager, set, time: owner.time });
  }
  return result ?? owners;
}

interface Settling {
  force: boolean;
  /** Whose fields are settled already. */
  writer?: ManagerId;
}

/** Owners of all versions alike: what an object has is the same in each. Those that have nothing left are dropped. */
function settle(
  owners: Owners,
  { added, modified, removed }: Comparison,
  { force, writer }: Settling,
): Map<ManagerId, Owner> {
  const changed = union(modified, added);
  const settled = new Map<ManagerId, Owner>();
  const conflicts: Conflict[] = [];
  for (const [id, owner] of owners) {
    if (id === writer) {
      settled.set(id, owner);
      continue;
    }
    const taken = force ? changed : intersection(owner.set, changed);
    if (!force) for (const path of fieldPaths(taken)) conflicts.push({ id, manager: owner.manager, path });
    const set = difference(difference(owner.set, taken), removed);
    if (set === owner.set) settled.set(id, owner);
    else if (set.size > 0) settled.set(id, { manager: owner.manager, set, time: owner.time });
  }
  if (conflicts.length > 0) throw new ApplyConflict(conflicts);
  return settled;
}

/**
 * Removes what the manager applied last time and does not now, if nobody else manages it. Removing an item takes along
 * what is in it, so what others have in there is put back, and then what only went along by accident.
 */
function prune(
  { shapes, typeName }: TypedContext,
  merged: JsonObject,
  owners: Owners,
  last: Owner,
): JsonObject {
  const named = (set: FieldSet) => withNamedFields(shapes, typeName, set);
  const fieldsOf = (object: JsonObject) => named(claimedFields(shapes, typeName, object));
  const without = (set: FieldSet) => removeFields(shapes, typeName, merged, set);
  const all = fieldsOf(merged);
  const applied = named(last.set);
  let managed = emptySet;
  for (const { set } of owners.values()) managed = union(managed, set);
  const pruned = without(applied);
  const withOwned = without(difference(all, union(fieldsOf(pruned), named(managed))));
  return without(intersection(difference(all, fieldsOf(withOwned)), applied));
}
