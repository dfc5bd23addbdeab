// What a compaction of the embedded store holds up: the event loop, and the writes that come meanwhile.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { NedbStore } from '../../hub/store/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { LoopBlocks } from './loop-blocks.ts';
import { percentile } from './process-cost.ts';
import { nameOf, put } from './store-pods.ts';

const log = createLog('bench', 'warn');

/** `path`: of a store with so many objects. */
export async function benchCompaction(
  path: string,
  objects: number,
  print: (line: string) => void,
): Promise<void> {
  const store = new NedbStore({ directory: path, clock: systemClock, log, compactionMinimum: 1024 * 1024 });
  await store.start();
  const file = join(path, 'store.db');
  const { ino, size } = statSync(file);
  const isDue = () => statSync(file).size > size * 1.95;
  for (let next = 0; !isDue(); next += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, i) => put(store, nameOf((next + i) % objects), 1)));
  }
  const before = await timedPuts(store, objects, (done) => done < 300);
  // Of these, one makes the compaction begin.
  const blocks = new LoopBlocks();
  blocks.start();
  const until = statSync(file).size + size;
  const during = await timedPuts(
    store,
    objects,
    () => statSync(file).ino === ino && statSync(file).size < until,
  );
  print(
    `store compaction, ${objects} objects: longest event loop block ${blocks.stop()} ms; a write meanwhile took ` +
      `${described(during)}, before it ${described(before)}`,
  );
  await store.stop();
}

/** One after the other. */
async function timedPuts(
  store: NedbStore,
  objects: number,
  more: (done: number) => boolean,
): Promise<number[]> {
  const times: number[] = [];
  while (more(times.length)) {
    const began = performance.now();
    await put(store, nameOf(times.length % objects), 2);
    times.push(performance.now() - began);
  }
  return times;
}

function described(times: readonly number[]): string {
  const at = (share: number) => percentile(times, share).toFixed(1);
  return `${at(0.5)} ms (median), ${at(0.99)} (99 %), ${at(1)} (longest of ${times.length})`;
}
