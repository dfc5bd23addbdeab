// Which pods have to go so that a more urgent one can run. Pure. After upstream's default preemption: on each node as few as
// possible, the least important; of the nodes the one where it hurts least.

import { type Pod, type PodDisruptionBudget, priorityOf } from '../../shared/api/index.ts';
import { findCondition, parseTime, selectorFrom } from '../../shared/machinery/index.ts';
import { refusalOf } from './check-pod.ts';
import { type Candidate, type Cluster, changedOn } from './cluster.ts';
import type { Nominated } from './nominations.ts';

export interface Preemption {
  node: string;
  /** The most important first. */
  victims: readonly Pod[];
}

export interface PreemptionWorld {
  cluster: Cluster;
  budgets: readonly PodDisruptionBudget[];
  nominated: Nominated;
}

/** More nodes than this are not looked at. */
const mostNodes = 100;

/** `candidates`: nodes where other pods' leaving could help. Undefined: it helps nowhere. */
export function planPreemption(
  pod: Pod,
  candidates: readonly Candidate[],
  world: PreemptionWorld,
): Preemption | undefined {
  const sacrifices: Sacrifice[] = [];
  for (const candidate of candidates) {
    const sacrifice = sacrificeOn(candidate, pod, world);
    if (sacrifice) sacrifices.push(sacrifice);
    if (sacrifices.length === mostNodes) break;
  }
  const [best] = sacrifices.sort(compareCosts);
  return best && { node: best.node, victims: best.victims };
}

/** Pods on the node are leaving because of a preemption that this pod waits for. */
export function isRoomComing(pod: Pod, candidate: Candidate | undefined): boolean {
  for (const other of candidate?.pods ?? []) {
    const isLess = priorityOf(other) < priorityOf(pod);
    const target = findCondition(other.status?.conditions, 'DisruptionTarget');
    if (isLess && other.metadata?.deletionTimestamp && target?.reason === preemptionReason) return true;
  }
  return false;
}

/** Of a victim's condition DisruptionTarget. */
export const preemptionReason = 'PreemptionByScheduler';

interface Sacrifice extends Preemption {
  /** How many victims a disruption budget would have kept. */
  violations: number;
}

/** All that are less urgent go; then each that there is room for comes back, the most important first. */
function sacrificeOn(
  candidate: Candidate,
  pod: Pod,
  { cluster, budgets, nominated }: PreemptionWorld,
): Sacrifice | undefined {
  const lesser = [...candidate.pods].filter((other) => priorityOf(other) < priorityOf(pod));
  if (lesser.length === 0) return undefined;
  const node = candidate.node.metadata.name;
  const room = changedOn(cluster, candidate, (info) => {
    for (const other of lesser) info.remove(uidOf(other));
    for (const guest of nominated(node, pod)) info.put(guest.metadata.uid, guest);
  });
  const fits = () => refusalOf(pod, room.candidate, room.cluster) === undefined;
  if (!fits()) return undefined;
  const { kept, free } = splitByBudgets(lesser.sort(compareImportance), budgets);
  const mustGo = (other: Pod) => {
    room.candidate.put(uidOf(other), other);
    if (fits()) return false;
    room.candidate.remove(uidOf(other));
    return true;
  };
  const violating = kept.filter(mustGo);
  const victims = [...violating, ...free.filter(mustGo)].sort(compareImportance);
  return victims.length === 0 ? undefined : { node, victims, violations: violating.length };
}

/** Which of the pods cannot go without breaking a budget, if all of them go in this order. */
function splitByBudgets(pods: readonly Pod[], budgets: readonly PodDisruptionBudget[]) {
  const left = budgets.map(({ metadata, spec, status }) => ({
    namespace: metadata?.namespace,
    selector: selectorFrom(spec?.selector),
    going: new Set(Object.keys(status?.disruptedPods ?? {})),
    allowed: status?.disruptionsAllowed ?? 0,
  }));
  const kept: Pod[] = [];
  const free: Pod[] = [];
  for (const pod of pods) {
    const { namespace, name = '', labels } = pod.metadata ?? {};
    let breaks = false;
    for (const budget of left) {
      const isOf =
        budget.namespace === namespace && !budget.selector.empty && budget.selector.matches(labels);
      if (!isOf || budget.going.has(name)) continue;
      budget.allowed -= 1;
      if (budget.allowed < 0) breaks = true;
    }
    (breaks ? kept : free).push(pod);
  }
  return { kept, free };
}

/** In the order in which upstream compares nodes: what is less comes first. */
function costsOf({ violations, victims }: Sacrifice): number[] {
  const priorities = victims.map(priorityOf);
  const highest = Math.max(...priorities);
  const starts = victims.filter((pod) => priorityOf(pod) === highest).map(startOf);
  // So that few pods of low priority are less than many, whatever the sign.
  const sum = priorities.reduce((total, priority) => total + priority + 2 ** 31, 0);
  return [violations, highest, sum, victims.length, -Math.min(...starts)];
}

function compareCosts(a: Sacrifice, b: Sacrifice): number {
  const others = costsOf(b);
  return costsOf(a).reduce((found, cost, position) => found || cost - (others[position] ?? 0), 0);
}

/** The higher priority first, then who has run for longer. */
function compareImportance(a: Pod, b: Pod): number {
  return priorityOf(b) - priorityOf(a) || startOf(a) - startOf(b);
}

function startOf({ status }: Pod): number {
  return parseTime(status?.startTime ?? '') ?? Number.MAX_SAFE_INTEGER;
}

function uidOf({ metadata }: Pod): string {
  return metadata?.uid ?? '';
}
