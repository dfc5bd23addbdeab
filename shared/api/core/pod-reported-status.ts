// Which of a pod's status is its node's to say, and what others say to the node. Pure.

import type { Pod, PodCondition, PodStatus } from 'kubernetes-types/core/v1';

/** Conditions that only the node knows; PodScheduled it says again as it found it. */
const conditionsOfNode = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
];

export const isConditionOfNode = ({ type }: PodCondition) => conditionsOfNode.includes(type);

/** None of its containers runs again. */
export const isOver = ({ phase }: PodStatus) => phase === 'Succeeded' || phase === 'Failed';

/** It ran to its end and will not run again. */
export const isTerminated = ({ status }: Pod) => isOver(status ?? {});

/** What the node has to hear of: others' conditions, and that the pod is over, whoever said so. */
export function statusForNode(status: PodStatus): PodStatus {
  const { phase, reason, message, qosClass, conditions = [] } = status;
  return {
    ...(isOver(status) && { phase, ...(reason && { reason }), ...(message && { message }) }),
    ...(qosClass && { qosClass }),
    conditions: conditions.filter((one) => !isConditionOfNode(one)),
  };
}
