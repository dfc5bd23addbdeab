// Pure: what changed between the objects that a hub holds and those that etcd holds now, as commits that lead from the
// one to the other. What was changed more than once shows its last state alone; deletions come with the newest revision.

import type { Live } from '../../../shared/machinery/index.ts';
import type { Batch } from '../history.ts';
import { revisionOf } from '../live.ts';
import type { Change, Key } from '../store.ts';

export interface Span {
  /** The revision that is held; no commit has one that is not greater. */
  from: number;
  /** The newest. */
  to: number;
}

/** Ordered by revision; the newest one has a commit in any case. */
export function planResync(
  held: ReadonlyMap<Key, Live>,
  now: ReadonlyMap<Key, Live>,
  { from, to }: Span,
): Batch[] {
  const changes: Change[] = [];
  for (const [key, object] of now) {
    const previous = held.get(key);
    if (revisionOf(previous) === revisionOf(object)) continue;
    const written = revisionOf(object);
    // What was passed over (etcd should not) comes with the newest.
    const revision = written > from ? written : to;
    changes.push({ revision, key, object, previous });
  }
  for (const [key, previous] of held) {
    if (!now.has(key)) changes.push({ revision: to, key, object: undefined, previous });
  }
  const batches = new Map<number, Change[]>([[to, []]]);
  for (const change of changes) {
    const batch = batches.get(change.revision);
    if (batch) batch.push(change);
    else batches.set(change.revision, [change]);
  }
  return [...batches].sort(([a], [b]) => a - b).map(([at, inBatch]) => ({ revision: at, changes: inBatch }));
}
