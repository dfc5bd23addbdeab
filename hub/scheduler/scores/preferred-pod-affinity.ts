// Preferred podAffinity draws to where such pods are, preferred podAntiAffinity away from there.

import { compileTerm, countByDomain, domainOf } from '../pod-terms.ts';
import type { WeightedTerm } from '../pod-wishes.ts';
import { normalized, type Score } from './score.ts';

export const preferredPodAffinity: Score = ({ pod, cluster }, candidates) => {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const sums = candidates.map(() => 0);
  const weigh = (terms: readonly WeightedTerm[] | undefined, sign: 1 | -1) => {
    for (const { weight, podAffinityTerm } of terms ?? []) {
      const { topologyKey, matches } = compileTerm(podAffinityTerm, pod, cluster);
      const counts = countByDomain(cluster.candidates, topologyKey, matches);
      candidates.forEach((candidate, position) => {
        const domain = domainOf(candidate, topologyKey);
        const count = domain === undefined ? 0 : (counts.get(domain) ?? 0);
        sums[position] = (sums[position] ?? 0) + sign * weight * count;
      });
    }
  };
  weigh(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1);
  weigh(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1);
  const lowest = Math.min(...sums);
  return normalized(sums.map((sum) => sum - lowest));
};
