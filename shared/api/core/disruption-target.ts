import type { PodCondition } from 'kubernetes-types/core/v1';
import { formatTime } from '../../machinery/index.ts';

/** The condition of a pod that somebody other than its owner ends, and why. `now`: milliseconds since the epoch. */
export function disruptionTarget(reason: string, message: string, now: number): PodCondition {
  return { type: 'DisruptionTarget', status: 'True', lastTransitionTime: formatTime(now), reason, message };
}
