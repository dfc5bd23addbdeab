// What a pod requests must be left on the node, and a place among its pods.

import { requestsOf } from '../amounts.ts';
import type { Filter } from './filter.ts';

export const nodeResources: Filter = (pod) => {
  const wanted = [...requestsOf(pod)].filter(([, amount]) => amount > 0);
  return (candidate) => {
    const { allocatable, requested } = candidate;
    const reasons: string[] = [];
    let curable = true;
    if (candidate.podCount + 1 > (allocatable.get('pods') ?? 0)) reasons.push('Too many pods');
    for (const [name, amount] of wanted) {
      const offered = allocatable.get(name) ?? 0;
      if (amount <= offered - (requested.get(name) ?? 0)) continue;
      reasons.push(`Insufficient ${name}`);
      if (amount > offered) curable = false;
    }
    return reasons.length > 0 ? { reasons, curable } : undefined;
  };
};
