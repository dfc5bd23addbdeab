// What a score is: how good each of the nodes that are left is for a pod.

import type { Pod } from '../../../shared/api/index.ts';
import type { Candidate, Cluster } from '../cluster.ts';

export interface ScoreContext {
  pod: Pod;
  cluster: Cluster;
  /** True for pods that should not all be in one place with this one: same controller, or same Service. */
  isRelated(other: Pod): boolean;
}

/** One number for each candidate, 0 (worst) to 100. */
export type Score = (context: ScoreContext, candidates: readonly Candidate[]) => number[];

/** The largest becomes 100 (with `reverse`: 0), the others in proportion; all zero: all as good. */
export function normalized(counts: readonly number[], reverse = false): number[] {
  const largest = Math.max(0, ...counts);
  return counts.map((count) => {
    if (largest === 0) return reverse ? 100 : 0;
    const share = (100 * count) / largest;
    return reverse ? 100 - share : share;
  });
}
