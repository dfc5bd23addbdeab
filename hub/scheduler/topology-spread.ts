// topologySpreadConstraints, counted: how many pods like this one each part of the cluster has.

import type { Pod } from '../../shared/api/index.ts';
import { isTolerated, isWanted } from '../../shared/api/index.ts';
import { type LabelSelector, selectorFrom } from '../../shared/machinery/index.ts';
import type { Candidate } from './cluster.ts';
import { countByDomain } from './pod-terms.ts';

export type SpreadConstraint = NonNullable<NonNullable<Pod['spec']>['topologySpreadConstraints']>[number];

export interface Spread {
  topologyKey: string;
  maxSkew: number;
  /** Domain → pods like this one. */
  counts: ReadonlyMap<string, number>;
  /** The emptiest part's count. */
  minimum: number;
  /** 1 where the pod itself is of the kind that is counted. */
  self: 0 | 1;
}

/** The constraints of one sort, each counted over the nodes that it means. */
export function spreadsOf(
  pod: Pod,
  candidates: readonly Candidate[],
  sort: 'DoNotSchedule' | 'ScheduleAnyway',
): Spread[] {
  const constraints = (pod.spec?.topologySpreadConstraints ?? []).filter(
    (each) => each.whenUnsatisfiable === sort,
  );
  const keys = constraints.map(({ topologyKey }) => topologyKey);
  return constraints.map((constraint) => {
    const { topologyKey, maxSkew, labelSelector, matchLabelKeys, minDomains = 1 } = constraint;
    const selector = selectorFrom(withKeys(labelSelector, matchLabelKeys, pod));
    const isLike = ({ metadata }: Pod) =>
      metadata?.namespace === pod.metadata?.namespace &&
      !metadata?.deletionTimestamp &&
      selector.matches(metadata?.labels);
    const meant = candidates.filter(
      ({ node }) =>
        keys.every((key) => node.metadata.labels?.[key] !== undefined) && isMeant(constraint, pod, node),
    );
    const counts = countByDomain(meant, topologyKey, isLike);
    const minimum = counts.size < minDomains ? 0 : Math.min(...counts.values());
    const self = selector.matches(pod.metadata?.labels) ? 1 : 0;
    return { topologyKey, maxSkew, counts, minimum, self };
  });
}

/** Nodes where the pod could not go anyway are not counted, unless the constraint says so. */
function isMeant(
  { nodeAffinityPolicy, nodeTaintsPolicy }: SpreadConstraint,
  pod: Pod,
  node: Candidate['node'],
): boolean {
  if (nodeAffinityPolicy !== 'Ignore' && !isWanted(pod, node)) return false;
  if (nodeTaintsPolicy !== 'Honor') return true;
  const taints = node.spec?.taints ?? [];
  return taints.every(
    (taint) => taint.effect === 'PreferNoSchedule' || isTolerated(pod.spec?.tolerations, taint),
  );
}

function withKeys(
  selector: LabelSelector | undefined,
  keys: readonly string[] = [],
  pod: Pod,
): LabelSelector | undefined {
  if (!selector || keys.length === 0) return selector;
  const labels = pod.metadata?.labels ?? {};
  const matched = keys.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]] as const]));
  return { ...selector, matchLabels: { ...selector.matchLabels, ...Object.fromEntries(matched) } };
}
