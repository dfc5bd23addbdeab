// Pod affinity by the pod's own labels: `matchLabelKeys: [version]` becomes `version in (the pod's version)`, once, at creation.

import type { Pod, PodAffinityTerm } from 'kubernetes-types/core/v1';

/** Writes the values of the pod's labels into the selectors of its affinity terms, in place. */
export function applyMatchLabelKeys(pod: Pod): void {
  const labels = pod.metadata?.labels ?? {};
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  for (const affinity of [podAffinity, podAntiAffinity]) {
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) apply(term, labels);
    for (const { podAffinityTerm } of preferred) apply(podAffinityTerm, labels);
  }
}

function apply(term: PodAffinityTerm | undefined, labels: Readonly<Record<string, string>>): void {
  const selector = term?.labelSelector;
  if (!selector) return;
  const added = [
    ...requirements(term.matchLabelKeys, 'In', labels),
    ...requirements(term.mismatchLabelKeys, 'NotIn', labels),
  ];
  if (added.length > 0) selector.matchExpressions = [...(selector.matchExpressions ?? []), ...added];
}

/** A key that the pod has no label for says nothing. */
function requirements(keys: string[] = [], operator: string, labels: Readonly<Record<string, string>>) {
  return keys.flatMap((key) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
}
