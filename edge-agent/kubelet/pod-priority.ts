// Which pods come before all others on a board. Pure.

import { type Pod, priorityOf } from '../../shared/api/index.ts';

/** Of system-cluster-critical; system-node-critical is above it. */
export const criticalPriority = 2_000_000_000;

export function hasCriticalPriority(pod: Pod): boolean {
  return priorityOf(pod) >= criticalPriority;
}
