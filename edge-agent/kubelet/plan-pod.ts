// What to do next for one pod: a pure function from what is known of it to a list of steps. Read this first.
//
//   planPod ─┬─ terminating → stop everything, in order → report the end → clean up
//            ├─ failed      → stop everything
//            └─ otherwise   → prepare → init containers one by one → main containers, each by the restart policy;
//                             again from the start when the pod's sandbox is lost
//
// The kubelet carries the steps out in order (steps/executors.ts), looks again, and plans again, until no step is left.

import { type Container, isSidecar, sidecarsOf } from '../../shared/api/index.ts';
import { stableHash } from '../../shared/machinery/index.ts';
import { lostContainer, reportedContainer } from './lost-container.ts';
import {
  historyOf,
  isTerminating,
  mainsWereStarted,
  newestOf,
  type ObservedContainer,
  type ObservedPod,
} from './observed-pod.ts';
import { planResize } from './plan-resize.ts';
import type { PodFailure } from './pod-notes.ts';
import { mayRestart, restartOf } from './restart-policy.ts';
import { isStatic } from './static-pods/static-pod.ts';

/** Every step with what it needs. */
export interface StepDetails {
  /** Volumes and network. */
  prepare: object;
  /** What the containers share is gone: says so. */
  loseSandbox: object;
  ensureImage: { container: Container };
  startContainer: { container: Container; attempt: number; crashes: number };
  /** Says that the container waits for its restart: a status and an event. */
  backOff: { container: Container; delayMs: number; remainingMs: number };
  /** It is to end, but not yet: says so, and runs its preStop hook. */
  announceStop: { id: string; name: string; killInMs: number; why: string };
  /** `killInMs`: how long the container may take, its preStop hook included. */
  stopContainer: { id: string; name: string; killInMs: number; why: string };
  /** Other limits while it runs. */
  resizeContainer: { id: string; container: Container };
  removeContainer: { id: string };
  /** The pod must not run any longer. */
  failPod: { reason: string; message: string };
  /** Nothing to do before then. */
  lookAgain: { inMs: number };
  /** Tells the hub that a deleted pod is down. */
  reportTerminated: object;
  /** Removes what is left of the pod on this board. */
  cleanUp: object;
}

export type StepKind = keyof StepDetails;
export type Step<K extends StepKind = StepKind> = { [P in K]: { do: P } & StepDetails[P] }[K];

/** A container shows how it ended for this long before it shows that it backs off. */
const showEndMs = 1000;
/** Even a container whose time was used up by others gets this much for its end, as in the kubelet. */
const shortestGraceMs = 2000;
const defaultGraceSeconds = 30;

export const deadlineMessage = 'Pod was active on the node longer than the specified deadline';

export function planPod(observed: ObservedPod): Step[] {
  if (isTerminating(observed)) return planTermination(observed);
  if (observed.failed) return planStops(observed, failedGraceMs(observed, observed.failed));
  const deadline = planDeadline(observed);
  if (deadline.some((step) => step.do === 'failPod')) return deadline;
  return [...deadline, ...planRun(observed), ...planRemovals(observed)];
}

/** The hash by which a container's definition counts as changed: name and image, as upstream. */
export function definitionHash({ name, image }: Container): string {
  return stableHash({ name, image });
}

function planRun(observed: ObservedPod): Step[] {
  if (isComplete(observed)) return planStops(observed, graceMs(observed));
  if (observed.lost === 'new') return [{ do: 'loseSandbox' }];
  // What shared the lost surroundings ends before there are new ones.
  if (observed.lost && observed.containers.some(({ state }) => state === 'running'))
    return planStops(observed, graceMs(observed));
  if (!observed.prepared) return retryLater(observed, '') ?? [{ do: 'prepare' }];
  const init = planInitContainers(observed);
  if (!init.done) return init.steps;
  return [...init.steps, ...planMains(observed), ...planEphemeralContainers(observed)];
}

/** One whose postStart hook runs holds up the start of those after it, as upstream. */
function planMains(observed: ObservedPod): Step[] {
  let heldUp = false;
  return (observed.pod.spec?.containers ?? []).flatMap((container) => {
    const steps = planContainer(observed, container);
    const starts = steps.some((step) => step.do === 'startContainer');
    if (heldUp && starts) return [];
    heldUp ||= holdsUpOthers(observed, container, starts);
    return steps;
  });
}

/** Not any more once its hook has failed, or it ended by itself. */
function holdsUpOthers(observed: ObservedPod, { name, lifecycle }: Container, starts: boolean): boolean {
  const history = historyOf(observed, name);
  if (history.some((one) => one.state === 'exited' && !one.earlier)) return false;
  return history[0]?.hooked ?? (starts && lifecycle?.postStart !== undefined);
}

/** No container will run again: what is left (sidecars) may go. */
function isComplete(observed: ObservedPod): boolean {
  const { containers = [], initContainers = [], restartPolicy } = observed.pod.spec ?? {};
  const phase = observed.pod.status?.phase;
  if (observed.containers.length === 0) return phase === 'Succeeded' || phase === 'Failed';
  const ended = (container: Container) => {
    const newest = newestOf(observed, container.name);
    return newest?.state === 'exited' && !mayRestart(observed, container, newest) ? newest : undefined;
  };
  const initFailed = initContainers.some((one) => !isSidecar(one) && (ended(one)?.exitCode ?? 0) !== 0);
  return (initFailed && restartPolicy === 'Never') || containers.every(ended);
}

/** Init containers run in their order, each to its success; a sidecar only needs to have started. */
function planInitContainers(observed: ObservedPod): { done: boolean; steps: Step[] } {
  const steps: Step[] = [];
  const past = mainsWereStarted(observed);
  for (const container of observed.pod.spec?.initContainers ?? []) {
    const newest = newestOf(observed, container.name);
    if (isSidecar(container)) {
      steps.push(...planContainer(observed, container));
      if (!past && !(newest?.state === 'running' && newest.started)) return { done: false, steps };
    } else if (!past && newest?.earlier) {
      return { done: false, steps: [...steps, ...startAnew(observed, container, newest)] };
    } else if (!past && !(newest?.state === 'exited' && newest.exitCode === 0)) {
      return { done: false, steps: [...steps, ...planContainer(observed, container)] };
    }
  }
  return { done: true, steps };
}

/** What it did before the board was started again is undone, e.g. what it mounted. */
function startAnew(observed: ObservedPod, container: Container, before: ObservedContainer): Step[] {
  return retryLater(observed, container.name) ?? start(container, before.attempt + 1, 0);
}

/** Each is started once, beside the others, and never again. */
function planEphemeralContainers(observed: ObservedPod): Step[] {
  return (observed.pod.spec?.ephemeralContainers ?? []).flatMap((container) => {
    if (newestOf(observed, container.name) || wasReported(observed, container.name)) return [];
    return retryLater(observed, container.name) ?? start(container, 0, 0);
  });
}

/** It ran before the board was started again: nothing of it is left here, and it does not come back. */
function wasReported({ pod }: ObservedPod, name: string): boolean {
  const reported = pod.status?.ephemeralContainerStatuses?.find((status) => status.name === name);
  return reported?.containerID !== undefined;
}

function planContainer(observed: ObservedPod, container: Container): Step[] {
  const newest = newestOf(observed, container.name);
  if (newest?.state === 'running') return planRunning(observed, container, newest);
  if (newest && !mayRestart(observed, container, newest)) return [];
  const later = retryLater(observed, container.name);
  if (later) return later;
  if (!newest) {
    const lost = lostContainer(reportedContainer(observed.pod.status, container.name), false);
    return start(container, lost?.restartCount ?? 0, 0);
  }

  const { crashes, delayMs, counts } = restartOf(observed, newest, definitionHash(container));
  const exitedForMs = newest.exitedForMs ?? 0;
  const remainingMs = delayMs - exitedForMs;
  if (remainingMs <= 0) return start(container, newest.attempt + 1, counts ? crashes + 1 : crashes);
  if (exitedForMs < showEndMs) return [{ do: 'lookAgain', inMs: showEndMs - exitedForMs }];
  return [{ do: 'backOff', container, delayMs, remainingMs }];
}

function start(container: Container, attempt: number, crashes: number): Step[] {
  return [
    { do: 'ensureImage', container },
    { do: 'startContainer', container, attempt, crashes },
  ];
}

function planRunning(observed: ObservedPod, container: Container, running: ObservedContainer): Step[] {
  const { name } = container;
  const killInMs = graceMs(observed);
  if (running.specHash !== definitionHash(container)) {
    return stop(running, killInMs, `Container ${name} definition changed, will be restarted`);
  }
  if (!running.failedProbe) return planResizing(observed, container, running);
  const probe = running.failedProbe === 'liveness' ? container.livenessProbe : container.startupProbe;
  const grace = probe?.terminationGracePeriodSeconds;
  const why = `Container ${name} failed ${running.failedProbe} probe, will be restarted`;
  return stop(running, grace === undefined ? killInMs : grace * 1000, why);
}

function planResizing(observed: ObservedPod, container: Container, running: ObservedContainer): Step[] {
  const { name } = container;
  const how = running.stoppingMs === undefined ? planResize(observed, container) : undefined;
  if (how === 'restart') return stop(running, graceMs(observed), `Container ${name} resize requires restart`);
  if (how === 'update')
    return retryLater(observed, resizeOf(name)) ?? [{ do: 'resizeContainer', id: running.id, container }];
  return [];
}

/** By what a failed resize is put off. */
export const resizeOf = (name: string) => `${name}/resize`;

/** Only if it is not being stopped already, or must end sooner than was said before. */
function stop(container: ObservedContainer, killInMs: number, why: string): Step[] {
  const { id, name, stoppingMs } = container;
  if (container.state !== 'running') return [];
  if (stoppingMs !== undefined && killInMs > stoppingMs - 1000) return [];
  return [{ do: 'stopContainer', id, name, killInMs, why }];
}

/** The grace period in milliseconds, as the deletion or the spec says it. */
export function graceMs({ pod }: ObservedPod): number {
  const seconds = pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds;
  return (seconds ?? defaultGraceSeconds) * 1000;
}

function failedGraceMs(observed: ObservedPod, { graceSeconds }: PodFailure): number {
  return graceSeconds === undefined ? graceMs(observed) : Math.min(graceMs(observed), graceSeconds * 1000);
}

/**
 * Main containers first, all at once; then the sidecars, the last one first. Whatever is unknown to the spec goes too.
 * The preStop hooks of those that wait for their turn run from the beginning, as upstream.
 */
export function planStops(observed: ObservedPod, killInMs: number): Step[] {
  const running = observed.containers.filter((container) => container.state === 'running');
  const sidecars = sidecarsOf(observed.pod.spec).map(({ name }) => name);
  const others = running.filter((container) => !sidecars.includes(container.name));
  const lastSidecar = running.sort((a, b) => sidecars.indexOf(b.name) - sidecars.indexOf(a.name)).slice(0, 1);
  const next = others.length > 0 ? others : lastSidecar;
  return running.flatMap((container) => {
    const why = `Stopping container ${container.name}`;
    return next.includes(container) ? stop(container, killInMs, why) : announce(container, killInMs, why);
  });
}

function announce({ id, name, ...observed }: ObservedContainer, killInMs: number, why: string): Step[] {
  if (observed.announced || observed.stoppingMs !== undefined) return [];
  return [{ do: 'announceStop', id, name, killInMs, why }];
}

function planTermination(observed: ObservedPod): Step[] {
  const left = graceMs(observed) - (observed.terminatingForMs ?? 0);
  const atOnce = graceMs(observed) === 0;
  const running = observed.containers.some((container) => container.state === 'running');
  if (running) return planStops(observed, atOnce ? 0 : Math.max(left, shortestGraceMs));
  if (observed.cleaned) return [];
  // Of a pod that the hub has forgotten there is nothing to say; a static pod's mirror goes with it.
  const isKnown = !observed.unwanted || isStatic(observed.pod);
  return isKnown ? [{ do: 'reportTerminated' }, { do: 'cleanUp' }] : [{ do: 'cleanUp' }];
}

function planDeadline(observed: ObservedPod): Step[] {
  const seconds = observed.pod.spec?.activeDeadlineSeconds;
  if (seconds === undefined || isComplete(observed)) return [];
  const leftMs = seconds * 1000 - observed.activeForMs;
  if (leftMs > 0) return [{ do: 'lookAgain', inMs: leftMs }];
  return [{ do: 'failPod', reason: 'DeadlineExceeded', message: deadlineMessage }];
}

/** The newest and the one before stay: the status and `kubectl logs --previous` speak of them. */
function planRemovals(observed: ObservedPod): Step[] {
  const names = new Set(observed.containers.map(({ name }) => name));
  return [...names]
    .flatMap((name) => historyOf(observed, name).slice(2))
    .filter((container) => container.state === 'exited')
    .map(({ id }) => ({ do: 'removeContainer', id }));
}

function retryLater(observed: ObservedPod, name: string): Step[] | undefined {
  const inMs = observed.setbacks.get(name)?.retryInMs ?? 0;
  return inMs > 0 ? [{ do: 'lookAgain', inMs }] : undefined;
}
