// All scores and how much each counts; the weights are upstream's.

import { balancedAllocation } from './balanced-allocation.ts';
import { leastAllocated } from './least-allocated.ts';
import { preferredNodeAffinity } from './preferred-node-affinity.ts';
import { preferredPodAffinity } from './preferred-pod-affinity.ts';
import type { Score } from './score.ts';
import { spread } from './spread.ts';
import { taintPreference } from './taint-preference.ts';
import { topologyPreference } from './topology-preference.ts';

export type { Score, ScoreContext } from './score.ts';

export interface WeightedScore {
  score: Score;
  weight: number;
}

export const scores: readonly WeightedScore[] = [
  { score: taintPreference, weight: 3 },
  { score: preferredNodeAffinity, weight: 2 },
  { score: preferredPodAffinity, weight: 2 },
  { score: topologyPreference, weight: 2 },
  { score: spread, weight: 2 },
  { score: leastAllocated, weight: 1 },
  { score: balancedAllocation, weight: 1 },
];
