// Terms of podAffinity and podAntiAffinity, compiled: which other pods they mean, and within which part of the cluster.

import type { Pod } from '../../shared/api/index.ts';
import { selectorFrom } from '../../shared/machinery/index.ts';
import type { Candidate, Cluster } from './cluster.ts';
import type { PodAffinityTerm } from './pod-wishes.ts';

export interface PodTerm {
  /** The node label whose value is shared by the nodes of one part. */
  topologyKey: string;
  matches(other: Pod): boolean;
}

/** `owner`: the pod in whose spec the term stands: without namespaces the term means pods of its own. */
export function compileTerm(term: PodAffinityTerm, owner: Pod, cluster: Cluster): PodTerm {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey } = term;
  const selector = selectorFrom(labelSelector);
  const named = new Set(namespaces);
  if (named.size === 0 && !namespaceSelector) named.add(owner.metadata?.namespace ?? '');
  const bySelector = selectorFrom(namespaceSelector);
  const isMeant = (namespace: string) =>
    named.has(namespace) || bySelector.matches(cluster.namespaceLabels(namespace));
  return {
    topologyKey,
    matches: ({ metadata }) => selector.matches(metadata?.labels) && isMeant(metadata?.namespace ?? ''),
  };
}

/** The part of the cluster that a node is in; undefined: in none. */
export function domainOf({ node }: Candidate, topologyKey: string): string | undefined {
  return node.metadata.labels?.[topologyKey];
}

/** How many pods `counts` says yes to, by the value of the topology key. */
export function countByDomain(
  candidates: readonly Candidate[],
  topologyKey: string,
  counts: (pod: Pod) => boolean,
): Map<string, number> {
  const totals = new Map<string, number>();
  for (const candidate of candidates) {
    const domain = domainOf(candidate, topologyKey);
    if (domain === undefined) continue;
    let count = totals.get(domain) ?? 0;
    for (const pod of candidate.pods) if (counts(pod)) count += 1;
    totals.set(domain, count);
  }
  return totals;
}
