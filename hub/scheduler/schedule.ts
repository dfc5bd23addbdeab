// Where a pod goes. Pure: a snapshot of the cluster in, a decision out.

import type { Pod } from '../../shared/api/index.ts';
import { type Candidate, filters, type Refusal } from './filters/index.ts';
import type { NodeInfo } from './node-info.ts';
import { type ScoreContext, scores } from './scores/index.ts';

export interface Snapshot {
  nodes: readonly NodeInfo[];
  /** As in ScoreContext: which pods this one should be spread from. */
  isRelated?(other: Pod): boolean;
}

export type Decision =
  | { node: string }
  /** Why there is none: for people, in upstream's words. */
  | { message: string };

/** The best node for the pod, or why there is none. The same snapshot and pod give the same decision. */
export function schedule(snapshot: Snapshot, pod: Pod): Decision {
  const candidates = snapshot.nodes.filter(isCandidate);
  if (candidates.length === 0) return { message: 'no nodes available to schedule pods' };
  const fitting: Candidate[] = [];
  const refusals: Refusal[] = [];
  for (const candidate of candidates) {
    const refusal = refusalOf(pod, candidate);
    if (refusal) refusals.push(refusal);
    else fitting.push(candidate);
  }
  const best = bestOf(fitting, { pod, isRelated: snapshot.isRelated?.bind(snapshot) ?? (() => false) });
  if (best) return { node: best.node.metadata.name };
  return { message: fitErrorOf(pod, refusals) };
}

/** True where the pod could go to this node now. */
export function fits(pod: Pod, info: NodeInfo): boolean {
  return isCandidate(info) && refusalOf(pod, info) === undefined;
}

function isCandidate(info: NodeInfo): info is Candidate {
  return info.node !== undefined;
}

function refusalOf(pod: Pod, candidate: Candidate): Refusal | undefined {
  for (const filter of filters) {
    const refusal = filter(pod, candidate);
    if (refusal) return refusal;
  }
  return undefined;
}

/** The highest total; of equals the one with fewer pods, then the first by name. */
function bestOf(candidates: readonly Candidate[], context: ScoreContext): Candidate | undefined {
  if (candidates.length < 2) return candidates[0];
  const totals = candidates.map((candidate) => ({ candidate, total: 0 }));
  for (const { score, weight } of scores) {
    const points = score(context, candidates);
    totals.forEach((entry, position) => {
      entry.total += weight * Math.round(points[position] ?? 0);
    });
  }
  totals.sort(
    (a, b) =>
      b.total - a.total ||
      a.candidate.podCount - b.candidate.podCount ||
      (a.candidate.node.metadata.name < b.candidate.node.metadata.name ? -1 : 1),
  );
  return totals[0]?.candidate;
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. preemption: …` */
function fitErrorOf(pod: Pod, refusals: readonly Refusal[]): string {
  const found = `0/${refusals.length} nodes are available: ${counted(refusals.flatMap(({ reasons }) => reasons))}.`;
  if (pod.spec?.preemptionPolicy === 'Never') {
    return `${found} preemption: not eligible due to preemptionPolicy=Never.`;
  }
  const prospects = refusals.map(({ curable }) =>
    curable ? 'No preemption victims found for incoming pod' : 'Preemption is not helpful for scheduling',
  );
  return `${found} preemption: 0/${refusals.length} nodes are available: ${counted(prospects)}.`;
}

function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
