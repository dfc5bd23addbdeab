// Pure: what a commit's writes become, or why they may not. All of one commit's changes share its revision.

import type { Live } from '../../shared/machinery/index.ts';
import { revisionOf, stamped } from './live.ts';
import { type Change, type Guard, type Key, StoreError, type Write } from './store.ts';

/** What a key holds at the moment; undefined: nothing. */
export type Lookup = (key: Key) => Live | undefined;

export interface CommitPlan {
  revision: number;
  changes: Change[];
  /** One a write: the object as stored, or the deleted one with the deletion's revision. */
  answers: Live[];
}

const keyForm = /^\/[^/]+\/[^/]+\/[^/]+\/[^/]+$/;

/** Throws 'overtaken' for the first guard that does not hold. `newest`: the newest revision of what is under a prefix. */
export function checkGuards(guards: readonly Guard[], newest: (prefix: Key) => number): void {
  for (const { prefix, after } of guards) {
    const overtaken = overtakenAt({ prefix, after }, newest(prefix));
    if (overtaken) throw overtaken;
  }
}

/** The 'overtaken' of a guard under whose prefix `current` is the newest revision; undefined: it holds. */
export function overtakenAt({ prefix, after }: Guard, current: number): StoreError | undefined {
  if (current <= after) return undefined;
  const message = `${prefix}: expected nothing after revision ${after}, found ${current}`;
  return new StoreError('overtaken', message, { key: prefix, current });
}

/** Throws a 'conflict' for the first write whose expectation does not hold, a TypeError for writes that make no sense. */
export function planCommit(writes: readonly Write[], revision: number, lookup: Lookup): CommitPlan {
  checkKeys(writes);
  const plan: CommitPlan = { revision, changes: [], answers: [] };
  for (const write of writes) {
    const previous = lookup(write.key);
    const conflict = conflictWith(write, revisionOf(previous));
    if (conflict) throw conflict;
    const { change, answer } = planWrite(write, revision, previous);
    plan.changes.push(change);
    plan.answers.push(answer);
  }
  return plan;
}

/** Throws a TypeError. */
export function checkKeys(writes: readonly Write[]): void {
  const keys = new Set<Key>();
  for (const { key } of writes) {
    if (!keyForm.test(key)) throw new TypeError(`not a key: ${JSON.stringify(key)}`);
    if (keys.has(key)) throw new TypeError(`two writes of one commit go to ${key}`);
    keys.add(key);
  }
}

/** The 'conflict' of a write whose key is at revision `current` (0: absent); undefined: it may go on. */
export function conflictWith({ key, object, expected }: Write, current: number): StoreError | undefined {
  const at = { key, current };
  if (!object && current === 0) return new StoreError('conflict', `${key}: nothing there to delete`, at);
  if (expected === undefined || expected === current) return undefined;
  const wanted = expected === 0 ? 'to be absent' : `at revision ${expected}`;
  const found = current === 0 ? 'is absent' : `is at revision ${current}`;
  return new StoreError('conflict', `${key}: expected ${wanted}, ${found}`, at);
}

function planWrite(
  write: Write,
  revision: number,
  previous: Live | undefined,
): { change: Change; answer: Live } {
  const { key, object } = write;
  if (object) {
    const live = stamped(object, revision);
    return { change: { revision, key, object: live, previous }, answer: live };
  }
  if (!previous) throw new StoreError('conflict', `${key}: nothing there to delete`, { key, current: 0 });
  return { change: { revision, key, object: undefined, previous }, answer: stamped(previous, revision) };
}
