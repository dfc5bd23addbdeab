// Figures of the embedded store: durable writes a second, start and memory at size, and what a compaction holds up.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NedbStore } from '../../hub/store/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { benchCompaction } from './store-compaction.ts';
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
      const { milliseconds, cpu, readingCpu, rss, heapPerObject, longestBlock } = await startElsewhere(path);
      const size = mebibytes(statSync(join(path, 'store.db')).size);
      print(
        `store start, ${objects} objects (${size} MiB): ${milliseconds} ms (${cpu} ms of processor, ` +
          `and ${readingCpu} ms to read them all), ` +
          `RSS ${mebibytes(rss)} MiB, ${heapPerObject} bytes of heap an object, longest event loop block ${longestBlock} ms`,
      );
    }
    await benchCompaction(join(directory, '50000'), 50_000, print);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
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
  const child = fork(program, [path], { execArgv: ['--expose-gc'] });
  const [figures]: StoreStart[] = await once(child, 'message');
  await once(child, 'exit');
  if (!figures) throw new Error('the started store told nothing');
  return figures;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
