// Who manages which fields of an object: metadata.managedFields, decoded and encoded.

import type { ManagedFieldsEntry } from 'kubernetes-types/meta/v1';
import { parseTime } from '../time.ts';
import { type FieldSet, sameSet } from './field-set.ts';
import type { FieldsPool } from './fields-v1.ts';
import { compareText } from './path-element.ts';

export type { ManagedFieldsEntry } from 'kubernetes-types/meta/v1';

export type Operation = 'Apply' | 'Update';

/** Who writes, and how. */
export interface Manager {
  name: string;
  operation: Operation;
  /** e.g. `apps/v1`: how the writer sees the object. */
  apiVersion: string;
  /** e.g. `status`; `''`: the object itself. */
  subresource: string;
}

/** What one manager has. */
export interface Owner {
  readonly manager: Manager;
  readonly set: FieldSet;
  /** RFC 3339; absent where it is not known. */
  readonly time?: string | undefined;
  /** As it was decoded: encoding an owner that did not change answers this. */
  readonly entry?: ManagedFieldsEntry;
}

/** Text that is the same for the same manager. Appliers are the same in all versions. */
export type ManagerId = string;

export type Owners = ReadonlyMap<ManagerId, Owner>;

/** The identifier of upstream, whose order decides the order of messages. */
export function managerId({ name, operation, apiVersion, subresource }: Manager): ManagerId {
  return JSON.stringify({
    ...(name && { manager: name }),
    operation,
    ...(operation === 'Update' && { apiVersion }),
    ...(subresource && { subresource }),
  });
}

/** Throws Error for an entry that is none: the caller takes what was there before. */
export function decodeOwners(entries: readonly ManagedFieldsEntry[], pool: FieldsPool): Owners {
  const owners = new Map<ManagerId, Owner>();
  for (const [index, entry] of entries.entries()) {
    const { manager: name = '', operation, apiVersion, fieldsType, subresource = '', time } = entry;
    if (operation !== 'Apply' && operation !== 'Update')
      throw new Error('operation must be `Apply` or `Update`');
    if (!apiVersion) throw new Error('apiVersion must not be empty');
    if (fieldsType !== 'FieldsV1')
      throw new Error(
        `invalid fieldsType ${JSON.stringify(fieldsType ?? '')} in managed fields entry ${index}`,
      );
    const manager: Manager = { name, operation, apiVersion, subresource };
    owners.set(managerId(manager), { manager, set: pool.setOf(entry.fieldsV1), time, entry });
  }
  return owners;
}

/** Frozen, sorted as upstream sorts; entries of owners that did not change are the ones that were decoded. */
export function encodeOwners(owners: Owners, pool: FieldsPool): ManagedFieldsEntry[] {
  return [...owners.values()].map((owner) => encodeOwner(owner, pool)).sort(compareEntries);
}

/** Frozen. */
export function encodeOwner({ manager, set, time, entry }: Owner, pool: FieldsPool): ManagedFieldsEntry {
  // A frozen entry is a stored one: its fields are in the pool's form already.
  if (entry && Object.isFrozen(entry)) return entry;
  const { name, operation, apiVersion, subresource } = manager;
  // Built field by field: there are as many of these as objects in the cluster, and spreads make them three times as large.
  const made: ManagedFieldsEntry = name
    ? { manager: name, operation, apiVersion }
    : { operation, apiVersion };
  if (time !== undefined) made.time = time;
  made.fieldsType = 'FieldsV1';
  made.fieldsV1 = pool.wireForm(set);
  if (subresource) made.subresource = subresource;
  return Object.freeze(made);
}

function compareEntries(left: ManagedFieldsEntry, right: ManagedFieldsEntry): number {
  return (
    compareText(left.operation ?? '', right.operation ?? '') ||
    secondsOf(left.time) - secondsOf(right.time) ||
    compareText(left.manager ?? '', right.manager ?? '') ||
    compareText(left.apiVersion ?? '', right.apiVersion ?? '') ||
    compareText(left.subresource ?? '', right.subresource ?? '')
  );
}

function secondsOf(time: string | undefined): number {
  return Math.floor(((time === undefined ? undefined : parseTime(time)) ?? 0) / 1000);
}

/** Whether the entries say the same but for their times. */
export function sameOwners(
  left: readonly ManagedFieldsEntry[],
  right: readonly ManagedFieldsEntry[],
  pool: FieldsPool,
): boolean {
  if (left === right) return true;
  return left.length === right.length && left.every((entry, at) => sameEntry(entry, right[at], pool));
}

function sameEntry(
  left: ManagedFieldsEntry,
  right: ManagedFieldsEntry | undefined,
  pool: FieldsPool,
): boolean {
  if (left === right) return true;
  return (
    right !== undefined &&
    left.manager === right.manager &&
    left.operation === right.operation &&
    left.apiVersion === right.apiVersion &&
    left.subresource === right.subresource &&
    (left.fieldsV1 === right.fieldsV1 || sameSet(pool.setOf(left.fieldsV1), pool.setOf(right.fieldsV1)))
  );
}

/** With that many or fewer entries of updates nothing is merged. */
const mostUpdaters = 10;

/** Merges the oldest updaters of a version into one, `ancient-changes`, until no more than ten are left. */
export function capUpdaters(owners: Owners, union: (left: FieldSet, right: FieldSet) => FieldSet): Owners {
  const updaters = [...owners].filter(([, { manager }]) => manager.operation === 'Update');
  let left = updaters.length;
  if (left <= mostUpdaters) return owners;
  updaters.sort(
    ([id, { time }], [otherId, { time: otherTime }]) =>
      secondsOf(time) - secondsOf(otherTime) || compareText(id, otherId),
  );
  const result = new Map(owners);
  const firstOf = new Map<string, ManagerId>();
  for (const [id, owner] of updaters) {
    if (left <= mostUpdaters) break;
    const { apiVersion } = owner.manager;
    const bucket: Manager = { name: 'ancient-changes', operation: 'Update', apiVersion, subresource: '' };
    const first = firstOf.get(apiVersion);
    if (first === undefined) {
      firstOf.set(apiVersion, id);
      continue;
    }
    const bucketId = managerId(bucket);
    const merged = result.get(bucketId) ?? result.get(first);
    if (!result.has(bucketId)) result.delete(first);
    result.delete(id);
    result.set(bucketId, {
      manager: bucket,
      set: merged ? union(owner.set, merged.set) : owner.set,
      time: owner.time,
    });
    left -= 1;
  }
  return result;
}
