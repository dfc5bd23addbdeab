// Which pods of a DaemonSet are created and deleted next, so that each node that it means has one. Pure; the rules of
// k8s.io/kubernetes/pkg/controller/daemon.

import {
  type DaemonSet,
  isTerminated,
  isTolerated,
  isWanted,
  type Node,
  type Pod,
} from '../../../shared/api/index.ts';
import { type Live, resolveIntOrPercent } from '../../../shared/machinery/index.ts';
import { isReady, untilAvailable } from '../pod-facts.ts';
import { podOnNode, targetOf } from './plan-daemon-pod.ts';
import { revisionLabel } from './plan-revisions.ts';

export interface DaemonWorld {
  set: Live<DaemonSet>;
  nodes: readonly Live<Node>[];
  /** All pods that belong to it. */
  pods: readonly Live<Pod>[];
  /** The hash of the template's revision. */
  hash: string;
  isLeaving(pod: Live<Pod>): boolean;
  now: number;
}

export interface DaemonPlan {
  /** Names of nodes that get a pod. */
  create: string[];
  remove: Live<Pod>[];
  /** Pods that ended, which should not: they go as well, failed ones not too often. */
  ended: { pod: Live<Pod>; node: string }[];
}

interface OnNode {
  node: Live<Node>;
  pods: Live<Pod>[];
}

/** May a pod be put there, and may one that is there go on? A taint NoSchedule only keeps new ones off. */
export function fitOf(set: Live<DaemonSet>, node: Live<Node>): { shouldRun: boolean; mayStay: boolean } {
  const { nodeName } = set.spec?.template?.spec ?? {};
  const pod = podOnNode(set, undefined, undefined);
  if ((nodeName && nodeName !== node.metadata.name) || !isWanted(pod, node))
    return { shouldRun: false, mayStay: false };
  const untolerated = (node.spec?.taints ?? []).filter(
    (taint) => taint.effect !== 'PreferNoSchedule' && !isTolerated(pod.spec?.tolerations, taint),
  );
  const mayStay = untolerated.every(({ effect }) => effect !== 'NoExecute');
  return { shouldRun: untolerated.length === 0, mayStay };
}

/** Missing pods are created; what is too many, has ended or may not stay is deleted. */
export function planDaemons(world: DaemonWorld): DaemonPlan {
  const plan: DaemonPlan = { create: [], remove: [], ended: [] };
  const here = podsByNode(world.pods);
  for (const node of world.nodes) {
    const { name } = node.metadata;
    const pods = here.get(name) ?? [];
    const { shouldRun, mayStay } = fitOf(world.set, node);
    if (shouldRun && pods.length === 0) plan.create.push(name);
    else if (mayStay) keepOne(world, plan, { node, pods });
    else plan.remove.push(...pods.filter((pod) => !world.isLeaving(pod)));
  }
  const known = new Set(world.nodes.map(({ metadata }) => metadata.name));
  for (const [name, pods] of here) {
    // What waits for a node that has gone waits for ever.
    if (!known.has(name))
      plan.remove.push(...pods.filter((pod) => !pod.spec?.nodeName && !world.isLeaving(pod)));
  }
  return plan;
}

function keepOne(world: DaemonWorld, plan: DaemonPlan, { node, pods }: OnNode): void {
  const running: Live<Pod>[] = [];
  for (const pod of pods) {
    if (world.isLeaving(pod)) continue;
    if (isTerminated(pod)) plan.ended.push({ pod, node: node.metadata.name });
    else running.push(pod);
  }
  if (running.length <= 1) return;
  running.sort(firstToStay);
  // Of a hundred nodes any share is at least one.
  if (surgeOf(world.set, 100) === 0) plan.remove.push(...running.slice(1));
  else plan.remove.push(...spareWhileSurging(world, running));
}

/** One of the old template may stay beside one of the new until that one is available. */
function spareWhileSurging(world: DaemonWorld, running: readonly Live<Pod>[]): Live<Pod>[] {
  const fresh = running.find((pod) => isUpdated(world, pod));
  const old = running.find((pod) => !isUpdated(world, pod));
  const spare = running.filter((pod) => pod !== fresh && pod !== old);
  if (fresh && old && (!isReady(old) || isAvailable(world, fresh))) spare.push(old);
  return spare;
}

/** The next step from the old template to the new. Only to be asked when `planDaemons` has nothing to do. */
export function planDaemonRollout(world: DaemonWorld): Pick<DaemonPlan, 'create' | 'remove'> {
  const here = podsByNode(world.pods);
  const wanted = world.nodes.filter((node) => fitOf(world.set, node).shouldRun);
  const surge = surgeOf(world.set, wanted.length);
  const meant = new Set(wanted.map(({ metadata }) => metadata.name));
  const nodes = new Map([...meant].map((name) => [name, here.get(name) ?? []]));
  for (const [name, pods] of here) if (!nodes.has(name)) nodes.set(name, pods);
  return surge > 0
    ? planSurge(world, nodes, meant, surge)
    : { create: [], remove: planReplacement(world, nodes, unavailableOf(world.set, wanted.length)) };
}

/** Old pods that aren't available go at once, available ones as far as the limit lets them. */
function planReplacement(
  world: DaemonWorld,
  nodes: ReadonlyMap<string, readonly Live<Pod>[]>,
  limit: number,
): Live<Pod>[] {
  const remove: Live<Pod>[] = [];
  const candidates: Live<Pod>[] = [];
  let unavailable = 0;
  for (const pods of nodes.values()) {
    const found = tellApart(world, pods);
    if (!found || Boolean(found.old) === Boolean(found.fresh)) unavailable += 1;
    else if (found.fresh) unavailable += isAvailable(world, found.fresh) ? 0 : 1;
    else if (found.old) (isAvailable(world, found.old) ? candidates : remove).push(found.old);
  }
  return [...remove, ...candidates.slice(0, Math.max(0, limit - unavailable))];
}

function planSurge(
  world: DaemonWorld,
  nodes: ReadonlyMap<string, readonly Live<Pod>[]>,
  meant: ReadonlySet<string>,
  limit: number,
): Pick<DaemonPlan, 'create' | 'remove'> {
  const create: string[] = [];
  const candidates: string[] = [];
  const remove: Live<Pod>[] = [];
  let surging = 0;
  for (const [name, pods] of nodes) {
    const found = tellApart(world, pods);
    if (!found || (found.fresh && found.old)) surging += 1;
    if (!found?.old) continue;
    if (found.fresh) {
      if (isAvailable(world, found.fresh)) remove.push(found.old);
    } else if (meant.has(name)) (isAvailable(world, found.old) ? candidates : create).push(name);
  }
  return { create: [...create, ...candidates.slice(0, Math.max(0, limit - surging))], remove };
}

/** Undefined: there are too many for a rollout to look at. */
function tellApart(
  world: DaemonWorld,
  pods: readonly Live<Pod>[],
): { fresh: Live<Pod> | undefined; old: Live<Pod> | undefined } | undefined {
  const staying = pods.filter((pod) => !world.isLeaving(pod));
  const fresh = staying.filter((pod) => isUpdated(world, pod));
  const old = staying.filter((pod) => !isUpdated(world, pod));
  return fresh.length > 1 || old.length > 1 ? undefined : { fresh: fresh[0], old: old[0] };
}

export function podsByNode(pods: readonly Live<Pod>[]): Map<string, Live<Pod>[]> {
  const found = new Map<string, Live<Pod>[]>();
  for (const pod of pods) {
    const name = targetOf(pod);
    if (name === undefined) continue;
    const others = found.get(name);
    if (others) others.push(pod);
    else found.set(name, [pod]);
  }
  return found;
}

export function isUpdated({ hash }: Pick<DaemonWorld, 'hash'>, { metadata }: Live<Pod>): boolean {
  return metadata.labels?.[revisionLabel] === hash;
}

function isAvailable({ set, now }: DaemonWorld, pod: Live<Pod>): boolean {
  return untilAvailable(pod, set.spec?.minReadySeconds ?? 0, now) === 0;
}

/** Those with a node before those without, then the oldest. */
export function firstToStay(a: Live<Pod>, b: Live<Pod>): number {
  const placed = Number(Boolean(b.spec?.nodeName)) - Number(Boolean(a.spec?.nodeName));
  if (placed !== 0) return placed;
  const [made, madeB] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (made !== madeB) return made < madeB ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function surgeOf({ spec }: DaemonSet, wanted: number): number {
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  return type === 'RollingUpdate' ? resolveIntOrPercent(rollingUpdate?.maxSurge ?? 0, wanted, 'up') : 0;
}

/** Both zero by rounding: a rollout must be able to move. */
function unavailableOf({ spec }: DaemonSet, wanted: number): number {
  const { maxUnavailable = 1 } = spec?.updateStrategy?.rollingUpdate ?? {};
  return Math.max(1, resolveIntOrPercent(maxUnavailable, wanted, 'up'));
}
