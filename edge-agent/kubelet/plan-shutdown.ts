// In which order pods end when the board is about to go down (KEP-2000): ordinary pods first, then the critical ones, each
// group with its share of the time. Pure.

import type { Pod } from '../../shared/api/index.ts';
import type { PodFailure } from './pod-notes.ts';
import { hasCriticalPriority } from './pod-priority.ts';

export interface ShutdownPeriods {
  /** Seconds for all pods together; 0: pods are left to the board's own end. */
  total: number;
  /** Of these, for critical pods. */
  critical: number;
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

export function shutdownGroups<T extends { record: { pod: Pod } }>(
  workers: readonly T[],
  { total, critical }: ShutdownPeriods,
): ShutdownGroup<T>[] {
  const isCritical = ({ record }: T) => hasCriticalPriority(record.pod);
  return [
    { pods: workers.filter((worker) => !isCritical(worker)), seconds: Math.max(0, total - critical) },
    { pods: workers.filter(isCritical), seconds: Math.min(critical, total) },
  ];
}
