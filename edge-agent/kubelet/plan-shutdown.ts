// In which order pods end when the board is about to go down (KEP-2712): those of the lowest priority first, each group with
// its share of the time. Pure.

import { type Pod, priorityOf } from '../../shared/api/index.ts';
import type { PodFailure } from './pod-notes.ts';
import { criticalPriority } from './pod-priority.ts';

/** What pods have from a priority on, up to that of the next period. */
export interface ShutdownPeriod {
  priority: number;
  seconds: number;
}

export interface ShutdownGroup<T> {
  pods: T[];
  seconds: number;
}

export const shutdownFailure: PodFailure = {
  reason: 'Terminated',
  message: 'Pod was terminated in response to imminent node shutdown.',
  disruption: true,
};
export const shutdownRejection = {
  reason: 'NodeShutdown',
  message: 'Pod was rejected: Pod was rejected as the node is shutting down.',
};

/** Ordinary pods first, then the critical ones (KEP-2000). `total`: seconds for all together; 0: there is no such order. */
export function plainPeriods({ total, critical }: { total: number; critical: number }): ShutdownPeriod[] {
  if (total === 0) return [];
  return [
    { priority: 0, seconds: total - critical },
    { priority: criticalPriority, seconds: critical },
  ];
}

/** `periods`: from the lowest priority to the highest; pods below them all are of the first. */
export function shutdownGroups<T extends { record: { pod: Pod } }>(
  workers: readonly T[],
  periods: readonly ShutdownPeriod[],
): ShutdownGroup<T>[] {
  const groups = periods.map(({ seconds }): ShutdownGroup<T> => ({ pods: [], seconds }));
  for (const worker of workers) {
    const priority = priorityOf(worker.record.pod);
    const index = periods.findLastIndex((period) => period.priority <= priority);
    groups[Math.max(0, index)]?.pods.push(worker);
  }
  return groups;
}
