// The quality-of-service class of a pod: decides who is evicted first when a node runs short.

import type { PodSpec } from 'kubernetes-types/core/v1';
import { Quantity } from '../../machinery/index.ts';
import { quantityOf, type ResourceList } from './pod-resource-lists.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const counted = ['cpu', 'memory'] as const;

/**
 * Guaranteed: every container has limits for cpu and memory, and requests equal to them.
 * BestEffort: no container has either. Burstable: all else. (ComputePodQOS in k8s.io/kubernetes/pkg/apis/core/helper/qos.)
 */
export function qosClass(spec: PodSpec): QosClass {
  const resources = [...spec.containers, ...(spec.initContainers ?? [])].map((each) => each.resources ?? {});
  const requests = sums(resources.map((each) => each.requests));
  const limits = sums(resources.map((each) => each.limits));
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  const allLimited = resources.every((each) =>
    counted.every((name) => quantityOf(each.limits?.[name]).sign > 0),
  );
  const equal =
    requests.size === limits.size &&
    [...requests].every(([name, request]) => limits.get(name)?.equals(request) ?? false);
  return allLimited && equal ? 'Guaranteed' : 'Burstable';
}

function sums(lists: (ResourceList | undefined)[]): Map<string, Quantity> {
  const totals = new Map<string, Quantity>();
  for (const list of lists) {
    for (const name of counted) {
      const amount = quantityOf(list?.[name]);
      if (amount.sign > 0) totals.set(name, (totals.get(name) ?? Quantity.zero).add(amount));
    }
  }
  return totals;
}
