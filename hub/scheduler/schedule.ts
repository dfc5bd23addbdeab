// Where a pod goes. Pure: a snapshot of the cluster in, a decision out.

import type { Pod } from '../../shared/api/index.ts';
import type { Labels } from '../../shared/machinery/index.ts';
import { type Candidate, type Cluster, isCandidate } from './cluster.ts';
import { type Check, filters, type Hopeless, type Refusal } from './filters/index.ts';
import type { NodeInfo } from './node-info.ts';
import { planVolumes, type VolumePlan } from './pod-claims.ts';
import { type ScoreContext, scores } from './scores/index.ts';
import { noVolumes, type Volumes } from './volumes.ts';

export interface Snapshot {
  nodes: readonly NodeInfo[];
  /** As in ScoreContext: which pods this one should be spread from. */
  isRelated?(other: Pod): boolean;
  /** For terms with a namespaceSelector; absent: no namespace has labels. */
  namespaceLabels?(name: string): Labels | undefined;
  /** Absent: there are no claims. */
  volumes?: Volumes;
}

export type Decision =
  /** `volumes`: what is to be done for the pod's claims before it can be bound; absent: nothing. */
  | { node: string; volumes?: VolumePlan }
  /** Why there is none: for people, in upstream's words. */
  | { message: string };

/** The best node for the pod, or why there is none. The same snapshot and pod give the same decision. */
export function schedule(snapshot: Snapshot, pod: Pod): Decision {
  const cluster = clusterOf(snapshot);
  if (cluster.candidates.length === 0) return { message: 'no nodes available to schedule pods' };
  const check = checkFor(pod, cluster);
  if (typeof check !== 'function') return { message: hopelessErrorOf(pod, check, cluster.candidates.length) };
  const fitting: Candidate[] = [];
  const refusals: Refusal[] = [];
  for (const candidate of cluster.candidates) {
    const refusal = check(candidate);
    if (refusal) refusals.push(refusal);
    else fitting.push(candidate);
  }
  const isRelated = (other: Pod) => snapshot.isRelated?.(other) ?? false;
  const best = bestOf(fitting, { pod, cluster, isRelated });
  if (!best) return { message: fitErrorOf(pod, refusals) };
  const volumes = planVolumes(pod, best, cluster.volumes);
  return { node: best.node.metadata.name, ...(volumes && { volumes }) };
}

/** True where the pod could go to one of these nodes of the snapshot now. */
export function fitsOn(snapshot: Snapshot, pod: Pod, nodes: readonly NodeInfo[]): boolean {
  const check = checkFor(pod, clusterOf(snapshot));
  return typeof check === 'function' && nodes.some((info) => isCandidate(info) && check(info) === undefined);
}

function clusterOf({ nodes, namespaceLabels = () => undefined, volumes = noVolumes }: Snapshot): Cluster {
  return { candidates: nodes.filter(isCandidate), namespaceLabels, volumes };
}

/** The first filter that refuses gives the reason. */
function checkFor(pod: Pod, cluster: Cluster): Check | Hopeless {
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
  const reasons = counted(refusals.flatMap((refusal) => refusal.reasons));
  return `0/${refusals.length} nodes are available: ${reasons}. ${prospectsOf(pod, refusals)}`;
}

function hopelessErrorOf(pod: Pod, { message }: Hopeless, nodes: number): string {
  const prospects = prospectsOf(pod, Array(nodes).fill({ curable: false }));
  return `0/${nodes} nodes are available: ${message}. ${prospects}`;
}

/** What could come of preempting others. */
function prospectsOf(pod: Pod, refusals: readonly Pick<Refusal, 'curable'>[]): string {
  if (pod.spec?.preemptionPolicy === 'Never')
    return 'preemption: not eligible due to preemptionPolicy=Never.';
  const prospects = refusals.map(({ curable }) =>
    curable ? 'No preemption victims found for incoming pod' : 'Preemption is not helpful for scheduling',
  );
  return `preemption: 0/${refusals.length} nodes are available: ${counted(prospects)}.`;
}

function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
