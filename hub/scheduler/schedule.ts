// Where a pod goes. Pure: a snapshot of the cluster in, a decision out.

import type { Pod, PodDisruptionBudget } from '../../shared/api/index.ts';
import type { Labels } from '../../shared/machinery/index.ts';
import { checkFor, refusalByNominated } from './check-pod.ts';
import { type Candidate, type Cluster, isCandidate } from './cluster.ts';
import type { Hopeless, Refusal } from './filters/index.ts';
import type { NodeInfo } from './node-info.ts';
import type { Nominated } from './nominations.ts';
import { isRoomComing, type Preemption, planPreemption } from './plan-preemption.ts';
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
  /** Whom nodes are kept for; absent: nobody. */
  nominated?: Nominated;
  /** What preemption is to heed; absent: there are none. */
  budgets?(): readonly PodDisruptionBudget[];
}

export type Decision =
  /** `volumes`: what is to be done for the pod's claims before it can be bound; absent: nothing. */
  | { node: string; volumes?: VolumePlan }
  /** Why there is none: for people, in upstream's words. `room`: others go for it, or are going already. */
  | { message: string; room?: Preemption | 'coming' };

/** The best node for the pod, or why there is none. The same snapshot and pod give the same decision. */
export function schedule(snapshot: Snapshot, pod: Pod): Decision {
  const cluster = clusterOf(snapshot);
  if (cluster.candidates.length === 0) return { message: 'no nodes available to schedule pods' };
  const check = checkFor(pod, cluster);
  if (typeof check !== 'function') return { message: hopelessErrorOf(pod, check, cluster.candidates.length) };
  const { nominated = nobody } = snapshot;
  const fitting: Candidate[] = [];
  const refused: Refused[] = [];
  for (const candidate of cluster.candidates) {
    const refusal = check(candidate) ?? refusalByNominated(pod, candidate, cluster, nominated);
    if (refusal) refused.push({ candidate, ...refusal });
    else fitting.push(candidate);
  }
  const isRelated = (other: Pod) => snapshot.isRelated?.(other) ?? false;
  const best = bestOf(fitting, { pod, cluster, isRelated });
  if (!best) return makeRoom(snapshot, pod, cluster, refused);
  const volumes = planVolumes(pod, best, cluster.volumes);
  return { node: best.node.metadata.name, ...(volumes && { volumes }) };
}

/** True where the pod could go to one of these nodes of the snapshot now. */
export function fitsOn(snapshot: Snapshot, pod: Pod, nodes: readonly NodeInfo[]): boolean {
  const cluster = clusterOf(snapshot);
  const check = checkFor(pod, cluster);
  if (typeof check !== 'function') return false;
  const { nominated = nobody } = snapshot;
  return nodes.some(
    (info) => isCandidate(info) && !check(info) && !refusalByNominated(pod, info, cluster, nominated),
  );
}

const nobody: Nominated = () => [];

type Refused = Refusal & { candidate: Candidate };

/** No node takes the pod: less urgent ones may have to go. */
function makeRoom(snapshot: Snapshot, pod: Pod, cluster: Cluster, refused: readonly Refused[]): Decision {
  const { nominated = nobody, budgets } = snapshot;
  if (pod.spec?.preemptionPolicy === 'Never') return { message: fitErrorOf(refused, notEligible) };
  const waitsFor = pod.status?.nominatedNodeName;
  const promised = refused.find(({ candidate }) => candidate.node.metadata.name === waitsFor);
  if (promised?.curable && isRoomComing(pod, promised.candidate)) {
    const prospects = 'preemption: not eligible due to a terminating pod on the nominated node.';
    return { message: fitErrorOf(refused, prospects), room: 'coming' };
  }
  const curable = refused.filter((each) => each.curable).map(({ candidate }) => candidate);
  const room = planPreemption(pod, curable, { cluster, budgets: budgets?.() ?? [], nominated });
  if (room) return { message: fitErrorOf(refused), room };
  return { message: fitErrorOf(refused, prospectsOf(refused)) };
}

function clusterOf({ nodes, namespaceLabels = () => undefined, volumes = noVolumes }: Snapshot): Cluster {
  return { candidates: nodes.filter(isCandidate), namespaceLabels, volumes };
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
function fitErrorOf(refused: readonly Refusal[], prospects = ''): string {
  const reasons = counted(refused.flatMap((refusal) => refusal.reasons));
  return `0/${refused.length} nodes are available: ${reasons}. ${prospects}`.trimEnd();
}

function hopelessErrorOf(pod: Pod, { message }: Hopeless, nodes: number): string {
  const prospects =
    pod.spec?.preemptionPolicy === 'Never' ? notEligible : prospectsOf(Array(nodes).fill({ curable: false }));
  return `0/${nodes} nodes are available: ${message}. ${prospects}`;
}

/** What could come of preempting others: nothing. */
function prospectsOf(refused: readonly Pick<Refusal, 'curable'>[]): string {
  const prospects = refused.map(({ curable }) =>
    curable ? 'No preemption victims found for incoming pod' : 'Preemption is not helpful for scheduling',
  );
  return `preemption: 0/${refused.length} nodes are available: ${counted(prospects)}.`;
}

const notEligible = 'preemption: not eligible due to preemptionPolicy=Never.';

function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
