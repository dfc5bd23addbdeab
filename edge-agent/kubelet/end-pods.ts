// Ends pods for the board's sake, all of a group at once, and waits until they have ended and this was reported.

import type { Clock } from '../../shared/base/index.ts';
import type { RuntimeContainer } from '../runtime/index.ts';
import { type ShutdownGroup, shutdownFailure } from './plan-shutdown.ts';
import type { PodWorker } from './pod-worker.ts';

interface Options {
  containers(): Promise<readonly RuntimeContainer[]>;
  calledOff: AbortSignal;
  clock: Clock;
}

/** What a container may take to be killed, beyond its grace. */
const killSeconds = 3;
const lookMs = 50;

export async function endPods(
  { pods, seconds }: ShutdownGroup<PodWorker>,
  { containers, clock, calledOff }: Options,
): Promise<void> {
  if (calledOff.aborted) return;
  for (const worker of pods) {
    worker.record.failForNow({ ...shutdownFailure, graceSeconds: seconds });
    worker.wake();
  }
  const uids = new Set(pods.map(({ record }) => record.uid));
  const deadline = clock.monotonic() + (seconds + killSeconds) * 1000;
  const anyRuns = async () =>
    (await containers()).some(({ podUid, state }) => state === 'running' && uids.has(podUid));
  while (!calledOff.aborted && clock.monotonic() < deadline && (await anyRuns())) await clock.sleep(lookMs);
  await Promise.all(pods.map((worker) => worker.rest()));
}
