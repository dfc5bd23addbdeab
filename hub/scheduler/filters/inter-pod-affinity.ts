// Required podAffinity and podAntiAffinity: the pod's own, and the antipathy of pods that are there already.

import type { Pod } from '../../../shared/api/index.ts';
import type { Cluster } from '../cluster.ts';
import { compileTerm, countByDomain, domainOf } from '../pod-terms.ts';
import { requiredAffinity, requiredAntiAffinity } from '../pod-wishes.ts';
import { anyNode, type Check, type Filter } from './filter.ts';

export const interPodAffinity: Filter = (pod, cluster) => {
  const checks = [withFriends(pod, cluster), withoutFoes(pod, cluster), welcome(pod, cluster)];
  const relevant = checks.filter((check) => check !== anyNode);
  if (relevant.length === 0) return anyNode;
  return (candidate) => {
    for (const check of relevant) {
      const refusal = check(candidate);
      if (refusal) return refusal;
    }
    return undefined;
  };
};

/** Other pods count only if they match all terms; where there are none at all, the first of its kind may start anywhere. */
function withFriends(pod: Pod, cluster: Cluster): Check {
  const terms = requiredAffinity(pod).map((term) => compileTerm(term, pod, cluster));
  if (terms.length === 0) return anyNode;
  const matchesAll = (other: Pod) => terms.every((term) => term.matches(other));
  const counts = terms.map(({ topologyKey }) => countByDomain(cluster.candidates, topologyKey, matchesAll));
  const isFirst =
    counts.every((count) => [...count.values()].every((found) => found === 0)) && matchesAll(pod);
  return (candidate) => {
    const isNear = terms.every(({ topologyKey }, position) => {
      const domain = domainOf(candidate, topologyKey);
      return domain !== undefined && (isFirst || (counts[position]?.get(domain) ?? 0) > 0);
    });
    return isNear ? undefined : { reasons: ["node(s) didn't match pod affinity rules"], curable: false };
  };
}

function withoutFoes(pod: Pod, cluster: Cluster): Check {
  const terms = requiredAntiAffinity(pod).map((term) => compileTerm(term, pod, cluster));
  if (terms.length === 0) return anyNode;
  const counts = terms.map((term) =>
    countByDomain(cluster.candidates, term.topologyKey, (other) => term.matches(other)),
  );
  return (candidate) => {
    const meetsFoe = terms.some(({ topologyKey }, position) => {
      const domain = domainOf(candidate, topologyKey);
      return domain !== undefined && (counts[position]?.get(domain) ?? 0) > 0;
    });
    return meetsFoe
      ? { reasons: ["node(s) didn't match pod anti-affinity rules"], curable: true }
      : undefined;
  };
}

/** Parts of the cluster where a pod already is that wants none like this one near it. */
function welcome(pod: Pod, cluster: Cluster): Check {
  const closed: { topologyKey: string; domain: string }[] = [];
  for (const candidate of cluster.candidates) {
    for (const other of candidate.unsociable) {
      for (const each of requiredAntiAffinity(other)) {
        const domain = domainOf(candidate, each.topologyKey);
        if (domain === undefined || !compileTerm(each, other, cluster).matches(pod)) continue;
        closed.push({ topologyKey: each.topologyKey, domain });
      }
    }
  }
  if (closed.length === 0) return anyNode;
  return (candidate) =>
    closed.some(({ topologyKey, domain }) => domainOf(candidate, topologyKey) === domain)
      ? { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], curable: true }
      : undefined;
}
