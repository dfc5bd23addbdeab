// What a disruption budget's status is to say, from its pods and what their owners want. Pure. After upstream's
// pkg/controller/disruption.

import {
  isDisruptionAllowedCurrent,
  type Pod,
  type PodDisruptionBudget,
  withDisruptionAllowed,
} from '../../../shared/api/index.ts';
import {
  deepEqual,
  formatTime,
  type Live,
  parseTime,
  resolveIntOrPercent,
} from '../../../shared/machinery/index.ts';
import { isReady } from '../pod-facts.ts';

type Status = NonNullable<PodDisruptionBudget['status']>;

/** A pod whose eviction was let through and that is still there after this time is no longer expected to go. */
export const deletionTimeoutMs = 120_000;

export interface Expected {
  pods: number;
  healthy: number;
}

/** Whether what the budget says can only be told from how many pods there should be. */
export function needsScale({ spec }: PodDisruptionBudget): boolean {
  return spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === 'string';
}

/** `scale`: how many pods the owners want; the pods' number will do where `needsScale` says no. */
export function expectedOf({ spec = {} }: PodDisruptionBudget, scale: number): Expected {
  const { maxUnavailable, minAvailable } = spec;
  if (maxUnavailable !== undefined) {
    return { pods: scale, healthy: Math.max(0, scale - resolveIntOrPercent(maxUnavailable, scale, 'up')) };
  }
  if (minAvailable === undefined) return { pods: 0, healthy: 0 };
  return { pods: scale, healthy: resolveIntOrPercent(minAvailable, scale, 'up') };
}

export interface Disrupted {
  /** Those that are still expected to go: pod → since when. */
  awaited: Record<string, string>;
  /** Those that were expected to go and have not. */
  overdue: Live<Pod>[];
  /** Milliseconds until the next one is overdue. */
  wait?: number;
}

/** What has become of the pods whose eviction was let through. */
export function disruptedOf(
  { status }: PodDisruptionBudget,
  pods: readonly Live<Pod>[],
  now: number,
): Disrupted {
  const result: Disrupted = { awaited: {}, overdue: [] };
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const since = status?.disruptedPods?.[name];
    if (since === undefined || deletionTimestamp) continue;
    const left = (parseTime(since) ?? 0) + deletionTimeoutMs - now;
    if (left < 0) result.overdue.push(pod);
    else {
      result.awaited[name] = since;
      result.wait = Math.min(left + 1, result.wait ?? Number.POSITIVE_INFINITY);
    }
  }
  return result;
}

/** The next status; undefined: it says so already. `now` is milliseconds since the epoch. */
export function planDisruption(
  budget: Live<PodDisruptionBudget>,
  pods: readonly Live<Pod>[],
  expected: Expected,
  { awaited }: Disrupted,
  now: number,
): Status | undefined {
  const healthy = pods.filter(
    (pod) => !pod.metadata.deletionTimestamp && !Object.hasOwn(awaited, pod.metadata.name) && isReady(pod),
  ).length;
  const { generation } = budget.metadata;
  const conditions = budget.status?.conditions;
  const status: Status = {
    ...(generation !== undefined && { observedGeneration: generation }),
    disruptionsAllowed: expected.pods > 0 ? Math.max(0, healthy - expected.healthy) : 0,
    currentHealthy: healthy,
    desiredHealthy: expected.healthy,
    expectedPods: expected.pods,
    ...(Object.keys(awaited).length > 0 && { disruptedPods: awaited }),
    ...(conditions && { conditions }),
  };
  if (deepEqual(status, budget.status) && isDisruptionAllowedCurrent(status)) return undefined;
  return withDisruptionAllowed(status, formatTime(now));
}
