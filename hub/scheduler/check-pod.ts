// All filters as one check of a pod.

import type { Pod } from '../../shared/api/index.ts';
import { type Candidate, type Cluster, changedOn } from './cluster.ts';
import { type Check, filters, type Hopeless, type Refusal } from './filters/index.ts';
import type { Nominated } from './nominations.ts';

/** The first filter that refuses gives the reason. */
export function checkFor(pod: Pod, cluster: Cluster): Check | Hopeless {
  const checks: Check[] = [];
  for (const filter of filters) {
    const check = filter(pod, cluster);
    if (typeof check !== 'function') return check;
    checks.push(check);
  }
  return (candidate) => {
    for (const check of checks) {
      const refusal = check(candidate);
      if (refusal) return refusal;
    }
    return undefined;
  };
}

/** One look at one node. */
export function refusalOf(pod: Pod, candidate: Candidate, cluster: Cluster): Refusal | undefined {
  const check = checkFor(pod, cluster);
  return typeof check === 'function' ? check(candidate) : { reasons: [check.message], curable: false };
}

/** Why the pod must leave the node to pods that room was made for there. */
export function refusalByNominated(
  pod: Pod,
  candidate: Candidate,
  cluster: Cluster,
  nominated: Nominated,
): Refusal | undefined {
  const guests = nominated(candidate.node.metadata.name, pod);
  if (guests.length === 0) return undefined;
  const full = changedOn(cluster, candidate, (info) => {
    for (const guest of guests) info.put(guest.metadata.uid, guest);
  });
  return refusalOf(pod, full.candidate, full.cluster);
}
