// The more of cpu and memory is left, the better.

import { weightOf } from '../amounts.ts';
import type { Score } from './score.ts';

export const leastAllocated: Score = ({ pod }, candidates) => {
  const own = weightOf(pod);
  return candidates.map(({ allocatable, weighed }) => {
    const shares = ['cpu', 'memory'].map((name) => {
      const offered = allocatable.get(name) ?? 0;
      const taken = (weighed.get(name) ?? 0) + (own.get(name) ?? 0);
      return offered === 0 || taken > offered ? 0 : (100 * (offered - taken)) / offered;
    });
    return shares.reduce((total, share) => total + share, 0) / shares.length;
  });
};
