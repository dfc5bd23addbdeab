// Which nodes a pod's nodeSelector and nodeAffinity mean.

import type { Node, NodeSelectorTerm, Pod } from 'kubernetes-types/core/v1';
import { type LabelRequirement, selectorFromRequirements, selectorOperators } from '../machinery/index.ts';

type NodeSelectorRequirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

/** True where the node has all labels of nodeSelector and fits one term of the required affinity. */
export function isWanted(pod: Pod, node: Node): boolean {
  const labels = node.metadata?.labels ?? {};
  const wanted = Object.entries(pod.spec?.nodeSelector ?? {});
  if (!wanted.every(([key, value]) => labels[key] === value)) return false;
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** An empty term means no node; else all of its expressions have to hold. */
export function matchesTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  node: Node,
): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const fields = { 'metadata.name': node.metadata?.name ?? '' };
  return holds(matchExpressions, node.metadata?.labels ?? {}) && holds(matchFields, fields);
}

function holds(
  requirements: readonly NodeSelectorRequirement[],
  values: Readonly<Record<string, string>>,
): boolean {
  const compiled: LabelRequirement[] = [];
  for (const { key, operator, values: wanted = [] } of requirements) {
    const known = selectorOperators.get(operator);
    if (!known) return false;
    compiled.push({ key, operator: known, values: wanted });
  }
  return selectorFromRequirements(compiled).matches(values);
}
