// What a disruption budget's status says of itself in its condition DisruptionAllowed (upstream's component-helpers).

import type { PodDisruptionBudgetStatus } from 'kubernetes-types/policy/v1';
import { findCondition, setCondition } from '../../machinery/index.ts';

const type = 'DisruptionAllowed';

function wanted({ disruptionsAllowed = 0 }: PodDisruptionBudgetStatus) {
  return disruptionsAllowed > 0
    ? { status: 'True', reason: 'SufficientPods' }
    : { status: 'False', reason: 'InsufficientPods' };
}

/** The status with the condition that fits its numbers. `now` is RFC 3339. */
export function withDisruptionAllowed(
  status: PodDisruptionBudgetStatus,
  now: string,
): PodDisruptionBudgetStatus {
  const { observedGeneration } = status;
  const condition = {
    type,
    ...wanted(status),
    message: '',
    lastTransitionTime: now,
    ...(observedGeneration !== undefined && { observedGeneration }),
  };
  return { ...status, conditions: setCondition(status.conditions, condition, now) };
}

/** The status that allows nothing because it could not be worked out. */
export function withSyncFailed(
  status: PodDisruptionBudgetStatus,
  message: string,
  now: string,
): PodDisruptionBudgetStatus {
  const { observedGeneration } = status;
  const condition = {
    type,
    status: 'False',
    reason: 'SyncFailed',
    message,
    lastTransitionTime: now,
    ...(observedGeneration !== undefined && { observedGeneration }),
  };
  return { ...status, disruptionsAllowed: 0, conditions: setCondition(status.conditions, condition, now) };
}

/** Whether the condition says what the numbers do. */
export function isDisruptionAllowedCurrent(status: PodDisruptionBudgetStatus): boolean {
  const condition = findCondition(status.conditions, type);
  const { status: value, reason } = wanted(status);
  return (
    condition?.status === value &&
    condition.reason === reason &&
    condition.observedGeneration === status.observedGeneration
  );
}
