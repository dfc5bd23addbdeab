// topologySpreadConstraints that would better hold: the fewer pods like this one in a node's part of the cluster, the better.

import { domainOf } from '../pod-terms.ts';
import { spreadsOf } from '../topology-spread.ts';
import { normalized, type Score } from './score.ts';

export const topologyPreference: Score = ({ pod, cluster }, candidates) => {
  const spreads = spreadsOf(pod, cluster.candidates, 'ScheduleAnyway');
  const crowds = candidates.map((candidate) =>
    spreads.reduce((total, { topologyKey, counts, minimum }) => {
      const domain = domainOf(candidate, topologyKey);
      return total + (domain === undefined ? 0 : (counts.get(domain) ?? 0) - minimum);
    }, 0),
  );
  return normalized(crowds, true);
};
