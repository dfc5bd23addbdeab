// Figures of the embedded store: durable writes a second, start and memory at size, and what a compaction holds up.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { NedbStore } from '../../hub/store/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { nameOf, put } from './store-pods.ts';
import type { StoreStart } from './store-start.ts';
import { benchWrites } from './store-writes.ts';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const log = createLog('bench', 'warn');

/** Prints its figures line by line. Takes about a minute, and some 200 MB in the temporary directory. */
export async function storeBench(print: (line: string) => void): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'kelp-bench-store-'));
  try {
    await benchWrites(join(directory, 'writes'), print);
    for (const objects of [10_000, 50_000]) {
      const path = join(directory, String(objects));
      await fill(path, objects);
      const { milliseconds, rss, longestBlock } = await startElsewhere(path);
      const size = mebibytes(statSync(join(path, 'store.db')).size);
      print(
        `store start, ${objects} objects (${size} MiB): ${milliseconds} ms, ` +
          `RSS ${mebibytes(rss)} MiB, longest event loop block ${longestBlock} ms`,
      );
    }
    await benchCompaction(join(directory, '50000'), print);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function benchCompaction(path: string, print: (line: string) => void): Promise<void> {
  const store = new NedbStore({ directory: path, clock: systemClock, log, compactionMinimum: 1024 * 1024 });
  await store.start();
  const file = join(path, 'store.db');
  const { ino } = statSync(file);
  // Up to the point where half of the file is out of date; the next writes make the compaction begin.
  let size = 0;
  const half = statSync(file).size * 1.95;
  for (let next = 0; size < half; next += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, i) => put(store, nameOf((next + i) % 50_000), 1)));
    size = statSync(file).size;
  }
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let slowest = 0;
  let quietSlowest = 0;
  for (let i = 0; statSync(file).ino === ino; i++) {
    delay.enable();
    const began = performance.now();
    await put(store, nameOf(i % 50_000), 2);
    const took = performance.now() - began;
    if (i < 200) quietSlowest = Math.max(quietSlowest, took);
    slowest = Math.max(slowest, took);
  }
  delay.disable();
  print(
    `store compaction, 50000 objects: longest event loop block ${Math.round(delay.max / 1e6)} ms, ` +
      `slowest write ${Math.round(slowest)} ms (before it: ${Math.round(quietSlowest)} ms)`,
  );
  await store.stop();
}

async function fill(path: string, objects: number): Promise<void> {
  const store = new NedbStore({ directory: path, clock: systemClock, log });
  await store.start();
  for (let first = 0; first < objects; first += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, i) => put(store, nameOf(first + i), 0)));
  }
  await store.stop();
}

/** In a process of its own, so that its memory is the store's. */
async function startElsewhere(path: string): Promise<StoreStart> {
  const program = new URL(`./store-start.${extension}`, import.meta.url).pathname;
  const child = fork(program, [path]);
  const [figures]: StoreStart[] = await once(child, 'message');
  await once(child, 'exit');
  if (!figures) throw new Error('the started store told nothing');
  return figures;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
