// Which pods of a ReplicaSet are to go first when there are too many: k8s.io/kubernetes/pkg/controller ActivePodsWithRanks.

import type { Pod } from '../../../shared/api/index.ts';
import { type Live, parseTime } from '../../../shared/machinery/index.ts';
import { isReady, readySince } from '../pod-facts.ts';

/** A number; pods with a lower one are deleted first (default 0). */
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';

interface Ranked {
  pod: Live<Pod>;
  related: number;
  now: number;
}

/** Negative: `a` goes before `b`. */
type Rule = (a: Ranked, b: Ranked) => number;

const phases: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

/** Each rule decides only what the ones before left open. */
const rules: readonly Rule[] = [
  function unassignedFirst(a, b) {
    return Number(Boolean(a.pod.spec?.nodeName)) - Number(Boolean(b.pod.spec?.nodeName));
  },
  function pendingFirst(a, b) {
    return phaseOf(a.pod) - phaseOf(b.pod);
  },
  function unreadyFirst(a, b) {
    return Number(isReady(a.pod)) - Number(isReady(b.pod));
  },
  function cheapFirst(a, b) {
    return costOf(a.pod) - costOf(b.pod);
  },
  function crowdedNodeFirst(a, b) {
    return b.related - a.related;
  },
  function readyLaterFirst(a, b) {
    return youngerFirst(readySince(a.pod), readySince(b.pod), a, b);
  },
  function restartedMoreFirst(a, b) {
    return restartsOf(b.pod) - restartsOf(a.pod);
  },
  function createdLaterFirst(a, b) {
    return youngerFirst(createdAt(a.pod), createdAt(b.pod), a, b);
  },
];

/** The pods, the ones to delete first at the front. `relatedOn`: how many related pods a node has. */
export function rankForDeletion(
  pods: readonly Live<Pod>[],
  relatedOn: (nodeName: string) => number,
  now: number,
): Live<Pod>[] {
  const ranked = pods.map((pod) => ({ pod, related: relatedOn(pod.spec?.nodeName ?? ''), now }));
  return ranked.sort(compare).map(({ pod }) => pod);
}

function compare(a: Ranked, b: Ranked): number {
  for (const rule of rules) {
    const order = rule(a, b);
    if (order !== 0) return order;
  }
  return 0;
}

function phaseOf(pod: Pod): number {
  return phases[pod.status?.phase ?? 'Pending'] ?? 0;
}

function costOf(pod: Pod): number {
  const text = pod.metadata?.annotations?.[deletionCost] ?? '0';
  return /^(0|-?[1-9][0-9]*)$/.test(text) ? Number(text) : 0;
}

function restartsOf(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}

function createdAt(pod: Pod): number | undefined {
  return parseTime(pod.metadata?.creationTimestamp ?? '');
}

/** Ages count by their order of magnitude (base 2); within one it is as good as random, by uid. */
function youngerFirst(timeA: number | undefined, timeB: number | undefined, a: Ranked, b: Ranked): number {
  if (timeA === timeB) return 0;
  if (timeA === undefined) return -1;
  if (timeB === undefined) return 1;
  const difference = magnitude(a.now - timeA) - magnitude(b.now - timeB);
  if (difference !== 0) return difference;
  return a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1;
}

function magnitude(age: number): number {
  return age > 0 ? Math.floor(Math.log2(age * 1e6)) : -1;
}
