// Pure: what changed between the objects that a hub holds and those that etcd holds now, as commits that lead from the
// one to the other. What was changed more than once shows its last state alone; deletions come with the newest revision.

import type { Live } from '../../../shared/machinery/index.ts';
import type { Batch } from '../history.ts';
import { revisionOf } from '../live.ts';
import type { Change, Key } from '../store.ts';

/** Ordered by revision; one for `revision`, the newest, is always there. */
export function planResync(
  held: ReadonlyMap<Key, Live>,
  now: ReadonlyMap<Key, Live>,
  revision: number,
): Batch[] {
  const changes: Change[] = [];
  for (const [key, object] of now) {
    const previous = held.get(key);
    if (revisionOf(previous) === revisionOf(object)) continue;
    changes.push({ revision: revisionOf(object), key, object, ...(previous && { previous }) });
  }
  for (const [key, previous] of held) {
    if (!now.has(key)) changes.push({ revision, key, previous });
  }
  const batches = new Map<number, Change[]>([[revision, []]]);
  for (const change of changes) {
    const batch = batches.get(change.revision);
    if (batch) batch.push(change);
    else batches.set(change.revision, [change]);
  }
  return [...batches].sort(([a], [b]) => a - b).map(([at, inBatch]) => ({ revision: at, changes: inBatch }));
}
