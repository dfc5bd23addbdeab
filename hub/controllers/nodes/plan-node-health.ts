// What the hub says of a node: whether it is heard from, and which taints its conditions earn it. Pure.

import type { Node, NodeCondition, Taint } from '../../../shared/api/index.ts';
import { deepEqual, findCondition, formatTime, type Live } from '../../../shared/machinery/index.ts';

/** How the cluster as a whole does: decides whether silent nodes may lose their pods. */
export type Disruption =
  /** Most nodes are heard from. */
  | 'none'
  /** So many are silent that it is probably not them: no node is given up. */
  | 'partial'
  /** Nobody is heard from: it is us. */
  | 'full';

const unhealthyShare = 0.55;
const heartbeatTypes = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';

/**
 * Taints that come and go with conditions; others on a node are not ours to touch. A board whose flash is worn out gets
 * pods where no other takes them: sending pods away would make it no better, and a lone board has to go on.
 */
const pressureTaints = [
  ['MemoryPressure', 'node.kubernetes.io/memory-pressure', 'NoSchedule'],
  ['DiskPressure', 'node.kubernetes.io/disk-pressure', 'NoSchedule'],
  ['PIDPressure', 'node.kubernetes.io/pid-pressure', 'NoSchedule'],
  ['NetworkUnavailable', 'node.kubernetes.io/network-unavailable', 'NoSchedule'],
  ['FlashWear', 'kelp.dev/flash-wear', 'PreferNoSchedule'],
] as const;
const cordoned = 'node.kubernetes.io/unschedulable';
const ourKeys: ReadonlySet<string> = new Set([
  notReady,
  unreachable,
  cordoned,
  ...pressureTaints.filter(([, , effect]) => effect === 'NoSchedule').map(([, key]) => key),
]);

function isOurs({ key, effect }: Taint): boolean {
  if (effect !== 'PreferNoSchedule') return ourKeys.has(key);
  return pressureTaints.some(([, ours, preferred]) => ours === key && preferred === effect);
}

export function readyStatus(node: Node): string | undefined {
  return findCondition(node.status?.conditions, 'Ready')?.status;
}

export function disruptionOf(nodes: readonly Node[]): Disruption {
  const silent = nodes.filter((node) => readyStatus(node) !== 'True').length;
  if (silent === 0) return 'none';
  if (silent === nodes.length) return 'full';
  return silent > 2 && silent / nodes.length >= unhealthyShare ? 'partial' : 'none';
}

/** The conditions of a node that has not been heard from for too long; `conditions` itself where they say so already. */
export function silentConditions(
  conditions: readonly NodeCondition[],
  created: string,
  now: number,
): NodeCondition[] {
  const next = conditions.map((condition) => {
    if (!heartbeatTypes.some((type) => type === condition.type) || condition.status === 'Unknown')
      return condition;
    return {
      ...condition,
      status: 'Unknown',
      lastTransitionTime: formatTime(now),
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    };
  });
  for (const type of heartbeatTypes) {
    if (findCondition(next, type)) continue;
    next.push({
      type,
      status: 'Unknown',
      lastHeartbeatTime: created,
      lastTransitionTime: formatTime(now),
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
    });
  }
  return next;
}

/**
 * The taints that the node should have. `mayEvict` false: NoExecute taints are not added, though one that is there stays
 * (it goes when `mustKeepPods`, or when the node is well again).
 */
export function plannedTaints(
  node: Live<Node>,
  { mayEvict, mustKeepPods, now }: { mayEvict: boolean; mustKeepPods: boolean; now: number },
): Taint[] {
  const known = node.spec?.taints ?? [];
  const wanted: Taint[] = [];
  const want = (key: string, effect: Taint['effect']) => {
    const same = known.find((taint) => taint.key === key && taint.effect === effect);
    wanted.push(same ?? { key, effect, timeAdded: formatTime(now) });
  };
  const health = healthTaint(node);
  if (health) want(health, 'NoSchedule');
  for (const [type, key, effect] of pressureTaints) {
    if (findCondition(node.status?.conditions, type)?.status === 'True') want(key, effect);
  }
  if (node.spec?.unschedulable) want(cordoned, 'NoSchedule');
  const isGivenUp = known.some(
    ({ key, effect }) => effect === 'NoExecute' && (key === notReady || key === unreachable),
  );
  if (health && !mustKeepPods && (mayEvict || isGivenUp)) want(health, 'NoExecute');
  const others = known.filter((taint) => !isOurs(taint));
  return [...others, ...wanted];
}

/** Which of the two taints for nodes without pods' trust: it says it isn't ready, or it says nothing. */
export function healthTaint(node: Node): string | undefined {
  const status = readyStatus(node);
  if (status === 'True') return undefined;
  return status === 'Unknown' ? unreachable : notReady;
}

export function isGivenUp(node: Node): boolean {
  return (node.spec?.taints ?? []).some(
    ({ key, effect }) => effect === 'NoExecute' && (key === notReady || key === unreachable),
  );
}

/** Same taints, whatever their order. */
export function sameTaints(a: readonly Taint[], b: readonly Taint[]): boolean {
  return a.length === b.length && a.every((taint) => b.some((other) => deepEqual(taint, other)));
}

/** Taints by which the hub only says that it cannot trust a node; they are no word of a person. */
export function isHealthTaint({ key }: Taint): boolean {
  return key === notReady || key === unreachable;
}
