// topologySpreadConstraints that must hold: no part of the cluster may have more than maxSkew pods more than the emptiest.

import { domainOf } from '../pod-terms.ts';
import { spreadsOf } from '../topology-spread.ts';
import { anyNode, type Filter } from './filter.ts';

const broken = "node(s) didn't match pod topology spread constraints";

export const topologySpread: Filter = (pod, { candidates }) => {
  const spreads = spreadsOf(pod, candidates, 'DoNotSchedule');
  if (spreads.length === 0) return anyNode;
  return (candidate) => {
    for (const { topologyKey, counts, minimum, maxSkew, self } of spreads) {
      const domain = domainOf(candidate, topologyKey);
      if (domain === undefined) return { reasons: [`${broken} (missing required label)`], curable: false };
      if ((counts.get(domain) ?? 0) + self - minimum > maxSkew) return { reasons: [broken], curable: true };
    }
    return undefined;
  };
};
