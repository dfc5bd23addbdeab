// Gives up a pod for the sake of the board or of others, and waits until nothing of it runs.

import type { Clock } from '../../shared/base/index.ts';
import type { PodFailure } from './pod-notes.ts';
import type { PodWorker } from './pod-worker.ts';

/** What its end may take beyond its grace. */
const downWithinMs = 30_000;
const lookEveryMs = 200;

/** Answers false where something of it still runs long after its grace. */
export async function giveUpPod(
  worker: PodWorker,
  failure: PodFailure & { graceSeconds: number },
  clock: Clock,
): Promise<boolean> {
  await worker.fail(failure, 'Warning');
  const withinMs = downWithinMs + failure.graceSeconds * 1000;
  for (let waited = 0; waited < withinMs; waited += lookEveryMs) {
    if (!(await worker.runs())) return true;
    await clock.sleep(lookEveryMs);
  }
  return false;
}
