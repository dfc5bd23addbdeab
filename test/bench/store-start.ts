// Starts a store in a process of its own and tells its parent what that took. Argument: directory.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { NedbStore } from '../../hub/store/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';

export interface StoreStart {
  milliseconds: number;
  /** Bytes, a second after the start. */
  rss: number;
  /** Milliseconds. */
  longestBlock: number;
}

const store = new NedbStore({
  directory: process.argv[2] ?? '',
  clock: systemClock,
  log: createLog('bench', 'warn'),
});
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const began = performance.now();
await store.start();
const milliseconds = Math.round(performance.now() - began);
await after(20);
delay.disable();
await after(1_000);
const figures: StoreStart = {
  milliseconds,
  rss: process.memoryUsage.rss(),
  longestBlock: Math.round(delay.max / 1e6),
};
await store.stop();
process.send?.(figures);
process.disconnect();
