// The more alike the shares of cpu and memory that would be taken, the better: neither is left over alone.

import { requestsOf } from '../amounts.ts';
import type { Score } from './score.ts';

export const balancedAllocation: Score = ({ pod }, candidates) => {
  const own = requestsOf(pod);
  return candidates.map(({ allocatable, requested }) => {
    const shares = ['cpu', 'memory'].flatMap((name) => {
      const offered = allocatable.get(name) ?? 0;
      return offered === 0
        ? []
        : [Math.min(1, ((requested.get(name) ?? 0) + (own.get(name) ?? 0)) / offered)];
    });
    return 100 * (1 - (Math.max(...shares, 0) - Math.min(...shares, 1)) / 2);
  });
};
