// READY, STATUS and RESTARTS of a pod, as `kubectl get pods` shows them (printPod in k8s.io/kubernetes/pkg/printers).
// Pure: everything is read from the pod.

import type { ContainerStatus, Pod } from 'kubernetes-types/core/v1';
import { isSidecar, lastingContainers } from './sidecars.ts';

/** What the three columns say. `lastRestart` is the RFC 3339 time of the newest restart, or absent. */
export interface PodSummary {
  ready: number;
  total: number;
  status: string;
  restarts: number;
  lastRestart?: string;
}

interface Restarts {
  count: number;
  last: string | undefined;
}

interface Initialization {
  /** Set while the init containers aren't through: what STATUS says then. */
  blockedBy: string | undefined;
  /** Sidecars (init containers with restartPolicy Always) that are ready. */
  readySidecars: number;
  restarts: Restarts;
  sidecarRestarts: Restarts;
}

export function summarizePod(pod: Pod): PodSummary {
  const init = summarizeInitContainers(pod);
  const started = init.blockedBy === undefined || hasCondition(pod, 'Initialized');
  const main = started ? summarizeContainers(pod, init.blockedBy ?? ownReason(pod)) : undefined;
  const restarts = main ? addRestarts(init.sidecarRestarts, main.restarts) : init.restarts;
  const reason = main ? main.reason : (init.blockedBy ?? ownReason(pod));
  return {
    ready: init.readySidecars + (main?.ready ?? 0),
    total: lastingContainers(pod.spec).length,
    status: whileDeleting(pod) ?? reason,
    restarts: restarts.count,
    ...(restarts.count > 0 && restarts.last !== undefined && { lastRestart: restarts.last }),
  };
}

/** True when the pod's condition of that type is True. */
export function hasCondition(pod: Pod, type: string): boolean {
  return (pod.status?.conditions ?? []).some((each) => each.type === type && each.status === 'True');
}

function ownReason(pod: Pod): string {
  const gated = (pod.status?.conditions ?? []).some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : pod.status?.reason || (pod.status?.phase ?? '');
}

function whileDeleting(pod: Pod): string | undefined {
  if (!pod.metadata?.deletionTimestamp) return undefined;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed' ? undefined : 'Terminating';
}

function summarizeInitContainers(pod: Pod): Initialization {
  const specs = new Map((pod.spec?.initContainers ?? []).map((each) => [each.name, each]));
  const found: Initialization = {
    blockedBy: undefined,
    readySidecars: 0,
    restarts: { count: 0, last: undefined },
    sidecarRestarts: { count: 0, last: undefined },
  };
  for (const [position, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = isSidecar(specs.get(status.name));
    found.restarts = addRestarts(found.restarts, restartsOf(status));
    if (sidecar) found.sidecarRestarts = addRestarts(found.sidecarRestarts, restartsOf(status));
    if (status.state?.terminated?.exitCode === 0) continue;
    if (sidecar && status.started) {
      if (status.ready) found.readySidecars += 1;
      continue;
    }
    found.blockedBy = `Init:${initReason(status) ?? `${position}/${specs.size}`}`;
    break;
  }
  return found;
}

function initReason({ state }: ContainerStatus): string | undefined {
  if (state?.terminated) return terminationReason(state.terminated);
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? waiting : undefined;
}

function terminationReason(terminated: { reason?: string; signal?: number; exitCode: number }): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

/** The first container that has something to say gives the reason: hence from the last to the first. */
function summarizeContainers(pod: Pod, startReason: string) {
  let reason = startReason;
  let ready = 0;
  let restarts: Restarts = { count: 0, last: undefined };
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    restarts = addRestarts(restarts, restartsOf(status));
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) reason = terminationReason(terminated);
    else if (status.ready && running) ready += 1;
  }
  if (reason === 'Completed' && ready > 0) reason = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
  return { reason, ready, restarts };
}

function restartsOf(status: ContainerStatus): Restarts {
  return { count: status.restartCount ?? 0, last: status.lastState?.terminated?.finishedAt };
}

function addRestarts(a: Restarts, b: Restarts): Restarts {
  return { count: a.count + b.count, last: newer(a.last, b.last) };
}

function newer(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Date.parse(b) > Date.parse(a) ? b : a;
}
