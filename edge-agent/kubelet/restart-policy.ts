// When a container that ended is started again: the pod's restart policy, and the crash-loop backoff of the kubelet
// (k8s.io/kubernetes pkg/kubelet: first restart at once, then 10 s doubling to 5 min, over after a run of 10 min).

import { type Container, isSidecar } from '../../shared/api/index.ts';
import { backoffDelay } from '../../shared/base/index.ts';
import { historyOf, isTerminating, type ObservedContainer, type ObservedPod } from './observed-pod.ts';

const firstDelayMs = 10_000;
const longestDelayMs = 300_000;
const forgivenAfterMs = 600_000;

function ranLong(container: ObservedContainer): boolean {
  return (
    container.state === 'exited' &&
    container.finishedAt - container.startedAt >= forgivenAfterMs &&
    container.startedAt > 0
  );
}

export interface Restart {
  /** How often it crashed in a row, before this end. */
  crashes: number;
  /** Between its end and its restart, milliseconds. */
  delayMs: number;
  /** Whether this end is a crash too. */
  counts: boolean;
}

/**
 * As upstream, who judges what the kubelet ended itself (for a probe that failed, a new image) by the end before that one:
 * without one it is no crash, and its delay may be over when it ends. `definition`: the hash of what is to run now.
 */
export function restartOf(observed: ObservedPod, ended: ObservedContainer, definition: string): Restart {
  const crashes = crashesBefore(observed, ended, definition);
  const delayMs = crashes === 0 ? 0 : backoffDelay(crashes - 1, { base: firstDelayMs, max: longestDelayMs });
  if (!ended.killed) return { crashes, delayMs, counts: true };
  const [, before] = historyOf(observed, ended.name);
  if (before?.state !== 'exited' || ended.state !== 'exited') return { crashes, delayMs: 0, counts: false };
  const isOver = ended.finishedAt - before.finishedAt >= delayMs;
  return { crashes, delayMs: isOver ? 0 : delayMs, counts: true };
}

/** After a restart of the agent its attempts are taken for crashes. */
function crashesBefore(observed: ObservedPod, ended: ObservedContainer, definition: string): number {
  // That the board was started again is not the container's fault; another image has not crashed yet.
  if (ranLong(ended) || ended.earlier || ended.specHash !== definition) return 0;
  return observed.crashes.get(ended.name) ?? ended.attempt;
}

/** True when `ended` is to be started again by the policy; a pod that terminates or failed restarts nothing. */
export function mayRestart(observed: ObservedPod, container: Container, ended: ObservedContainer): boolean {
  if (isTerminating(observed) || observed.failed || ended.state !== 'exited') return false;
  if (observed.pod.spec?.ephemeralContainers?.some(({ name }) => name === container.name)) return false;
  if (isSidecar(container)) return true;
  const isInit = observed.pod.spec?.initContainers?.some((one) => one.name === container.name) ?? false;
  const policy = observed.pod.spec?.restartPolicy ?? 'Always';
  if (isInit || policy === 'OnFailure') return policy !== 'Never' && ended.exitCode !== 0;
  return policy === 'Always';
}
