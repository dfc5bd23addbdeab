// Starts a store in a process of its own and tells its parent what that took. Argument: directory. Needs --expose-gc.

import { setTimeout as after } from 'node:timers/promises';
import { NedbStore } from '../../hub/store/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { LoopBlocks } from './loop-blocks.ts';

export interface StoreStart {
  milliseconds: number;
  /** Milliseconds of processor time, of all its threads: for the start, and for reading all objects then. */
  cpu: number;
  readingCpu: number;
  /** Bytes, a second after all objects were read. */
  rss: number;
  /** Bytes of heap for one object, with all that is kept for it. */
  heapPerObject: number;
  /** Milliseconds. */
  longestBlock: number;
}

const store = new NedbStore({
  directory: process.argv[2] ?? '',
  clock: systemClock,
  log: createLog('bench', 'warn'),
});
const heapBefore = heap();
const blocks = new LoopBlocks();
blocks.start();
const began = performance.now();
const cpuBefore = process.cpuUsage();
await store.start();
const milliseconds = Math.round(performance.now() - began);
const started = process.cpuUsage(cpuBefore);
await after(20);
const beforeReading = process.cpuUsage();
await store.all();
const reading = process.cpuUsage(beforeReading);
await after(20);
const longestBlock = blocks.stop();
await after(1_000);
const figures: StoreStart = {
  milliseconds,
  cpu: millisecondsOf(started),
  readingCpu: millisecondsOf(reading),
  rss: process.memoryUsage.rss(),
  heapPerObject: Math.round((heap() - heapBefore) / (await store.count('/'))),
  longestBlock,
};
await store.stop();
process.send?.(figures);
process.disconnect();

function millisecondsOf({ user, system }: NodeJS.CpuUsage): number {
  return Math.round((user + system) / 1000);
}

function heap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
