// What a pod's spec says of other pods, without asking which those are.

import type { Pod } from '../../shared/api/index.ts';

type Affinity = NonNullable<NonNullable<Pod['spec']>['affinity']>;
type PodAffinity = NonNullable<Affinity['podAffinity']>;
export type PodAffinityTerm = NonNullable<
  PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']
>[number];
export type WeightedTerm = NonNullable<
  PodAffinity['preferredDuringSchedulingIgnoredDuringExecution']
>[number];

export function requiredAffinity(pod: Pod): readonly PodAffinityTerm[] {
  return pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

export function requiredAntiAffinity(pod: Pod): readonly PodAffinityTerm[] {
  return pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

/** True where it matters to the pod which other pods are where. */
export function mindsOthers(pod: Pod): boolean {
  const constraints = pod.spec?.topologySpreadConstraints ?? [];
  return requiredAffinity(pod).length > 0 || requiredAntiAffinity(pod).length > 0 || constraints.length > 0;
}
