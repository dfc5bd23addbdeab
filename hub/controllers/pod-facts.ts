// What controllers ask of a pod.

import { isTerminated, type Pod } from '../../shared/api/index.ts';
import { findCondition, parseTime } from '../../shared/machinery/index.ts';

/** It runs or will run: neither ended nor being deleted. */
export function isActive(pod: Pod): boolean {
  return !isTerminated(pod) && !pod.metadata?.deletionTimestamp;
}

export function isReady(pod: Pod): boolean {
  return findCondition(pod.status?.conditions, 'Ready')?.status === 'True';
}

/** Milliseconds since the epoch; undefined: not ready. */
export function readySince(pod: Pod): number | undefined {
  const condition = findCondition(pod.status?.conditions, 'Ready');
  return condition?.status === 'True' ? parseTime(condition.lastTransitionTime ?? '') : undefined;
}

/** Milliseconds until the pod counts as available; 0: it is; undefined: it isn't ready. */
export function untilAvailable(pod: Pod, minReadySeconds: number, now: number): number | undefined {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = readySince(pod);
  return since === undefined ? undefined : Math.max(0, since + minReadySeconds * 1000 - now);
}
