// When a pod has to leave its node because of NoExecute taints. Pure.

import {
  type Pod,
  pinnedAnnotation,
  type Taint,
  type Toleration,
  tolerates,
} from '../../../shared/api/index.ts';
import { controllerOf, parseTime } from '../../../shared/machinery/index.ts';
import { isHealthTaint } from './plan-node-health.ts';

export type Eviction =
  /** It may stay. */
  | { when: 'never' }
  /** Milliseconds since the epoch; in the past: now. */
  | { when: number };

/**
 * The pod's tolerations decide. `since`: milliseconds since the epoch before which no time runs (the hub's own start).
 * A pod that is bound to its node by nature never leaves it because the node is silent.
 */
export function planEviction(pod: Pod, taints: readonly Taint[], since: number): Eviction {
  const effective = taints.filter(
    (taint) => taint.effect === 'NoExecute' && !(isHealthTaint(taint) && isPinned(pod)),
  );
  const times = effective.map((taint) => bearableUntil(pod.spec?.tolerations ?? [], taint, since));
  const earliest = Math.min(...times);
  return Number.isFinite(earliest) ? { when: earliest } : earliest < 0 ? { when: since } : { when: 'never' };
}

/** Infinity: for ever; -Infinity: not at all. The shortest of the tolerations that bear the taint counts. */
function bearableUntil(tolerations: readonly Toleration[], taint: Taint, since: number): number {
  const bearing = tolerations.filter((toleration) => tolerates(toleration, taint));
  if (bearing.length === 0) return Number.NEGATIVE_INFINITY;
  const start = Math.max(since, parseTime(taint.timeAdded ?? '') ?? since);
  const times = bearing.map(({ tolerationSeconds }) =>
    tolerationSeconds === undefined
      ? Number.POSITIVE_INFINITY
      : start + Math.max(0, tolerationSeconds) * 1000,
  );
  return Math.min(...times);
}

/** Made for its node: by a DaemonSet, or by naming it. */
export function isPinned(pod: Pod): boolean {
  if (controllerOf(pod)?.kind === 'DaemonSet') return true;
  return pod.metadata?.annotations?.[pinnedAnnotation] !== undefined;
}
