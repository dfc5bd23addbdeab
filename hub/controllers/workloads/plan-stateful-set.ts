// What a StatefulSet does next about its pods: in order, one at a time, each only when the ones before are available; or
// all at once (podManagementPolicy Parallel). Pure; the rules of k8s.io/kubernetes/pkg/controller/statefulset.

import { isTerminated, type Pod, type StatefulSet } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { isReady, untilAvailable } from '../pod-facts.ts';
import { revisionLabel } from './plan-revisions.ts';
import { firstOrdinal, isInRange, ordinalOf, podNameLabel } from './plan-stateful-pod.ts';

export interface StatefulWorld {
  set: Live<StatefulSet>;
  /** All pods that belong to it. */
  pods: readonly Live<Pod>[];
  /** Names of the revisions: that of the last finished rollout, and that of the template. */
  current: string;
  update: string;
  isLeaving(pod: Live<Pod>): boolean;
  now: number;
}

export type StatefulStep =
  | { do: 'create'; ordinal: number; revision: 'current' | 'update' }
  | { do: 'remove'; pod: Live<Pod> }
  /** It ended, which it should not: its place is made free for a new one. */
  | { do: 'replace'; pod: Live<Pod> }
  /** It belongs to the set, but its labels don't say which it is. */
  | { do: 'label'; pod: Live<Pod>; ordinal: number };

/** No more pods are created in one turn. */
const burst = 500;

interface Slot {
  ordinal: number;
  pod: Live<Pod> | undefined;
}

/** The steps of one turn; those of the next are planned when these have shown. */
export function planStatefulSet(world: StatefulWorld): StatefulStep[] {
  const { set } = world;
  const inOrder = set.spec?.podManagementPolicy !== 'Parallel';
  const { slots, condemned } = tellApart(world);
  const living = planLiving(world, slots, inOrder);
  if (living.mustWait) return living.steps;
  const leaving = planCondemned(world, condemned, inOrder);
  const steps = [...living.steps, ...leaving.steps];
  return leaving.mustWait ? steps : [...steps, ...planRollout(world, slots, steps)];
}

interface Part {
  steps: StatefulStep[];
  /** Nothing further in this turn. */
  mustWait: boolean;
}

function planLiving(world: StatefulWorld, slots: readonly Slot[], inOrder: boolean): Part {
  const steps: StatefulStep[] = [];
  for (const { ordinal, pod } of slots) {
    if (!pod) steps.push({ do: 'create', ordinal, revision: revisionFor(world.set, ordinal) });
    else if (isTerminated(pod) && !world.isLeaving(pod)) steps.push({ do: 'replace', pod });
    const isBusy = !pod || isTerminated(pod) || world.isLeaving(pod) || !isAvailable(world, pod);
    if (inOrder && isBusy) return { steps, mustWait: true };
    if (pod && !isBusy && pod.metadata.labels?.[podNameLabel] !== pod.metadata.name)
      steps.push({ do: 'label', pod, ordinal });
  }
  return { steps, mustWait: false };
}

/** From the highest number down. */
function planCondemned(world: StatefulWorld, condemned: readonly Live<Pod>[], inOrder: boolean): Part {
  const steps: StatefulStep[] = [];
  const firstUnhealthy = condemned.findLast((pod) => !isHealthy(world, pod));
  for (const pod of condemned) {
    const isLeaving = world.isLeaving(pod);
    if (inOrder && (isLeaving || (!isAvailable(world, pod) && pod !== firstUnhealthy)))
      return { steps, mustWait: true };
    if (!isLeaving) steps.push({ do: 'remove', pod });
    if (inOrder) return { steps, mustWait: true };
  }
  return { steps, mustWait: false };
}

/** The pod with the highest number that is not of the template goes, when all above it are healthy. */
function planRollout(
  world: StatefulWorld,
  slots: readonly Slot[],
  planned: readonly StatefulStep[],
): StatefulStep[] {
  const { type, rollingUpdate } = world.set.spec?.updateStrategy ?? {};
  if (type === 'OnDelete') return [];
  if (planned.filter((step) => step.do === 'create').length === burst) return [];
  const lowest = firstOrdinal(world.set) + (rollingUpdate?.partition ?? 0);
  for (const { pod } of slots.filter(({ ordinal }) => ordinal >= lowest).reverse()) {
    if (!pod || planned.some((step) => step.do === 'replace' && step.pod === pod)) return [];
    if (!isOf(pod, world.update) && !world.isLeaving(pod)) return [{ do: 'remove', pod }];
    if (!isHealthy(world, pod)) return [];
  }
  return [];
}

function tellApart({ set, pods }: StatefulWorld): { slots: Slot[]; condemned: Live<Pod>[] } {
  const byOrdinal = new Map<number, Live<Pod>>();
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal !== undefined) byOrdinal.set(ordinal, pod);
  }
  const slots = [...byOrdinal, ...missingFrom(set, byOrdinal)]
    .map(([ordinal, pod]) => ({ ordinal, pod }))
    .filter(({ ordinal }) => isInRange(set, ordinal))
    .sort((a, b) => a.ordinal - b.ordinal);
  const condemned = [...byOrdinal]
    .filter(([ordinal]) => !isInRange(set, ordinal))
    .sort(([a], [b]) => b - a)
    .map(([, pod]) => pod);
  return { slots, condemned };
}

/** The first numbers without a pod. */
function missingFrom(set: Live<StatefulSet>, known: ReadonlyMap<number, unknown>): [number, undefined][] {
  const missing: [number, undefined][] = [];
  for (let ordinal = firstOrdinal(set); isInRange(set, ordinal) && missing.length < burst; ordinal += 1) {
    if (!known.has(ordinal)) missing.push([ordinal, undefined]);
  }
  return missing;
}

/** Below the partition (without one: as many as are still of it) pods are made as they were before the rollout. */
function revisionFor(set: StatefulSet, ordinal: number): 'current' | 'update' {
  const { spec, status } = set;
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  if (type !== 'RollingUpdate') return 'update';
  const kept = rollingUpdate ? (rollingUpdate.partition ?? 0) : (status?.currentReplicas ?? 0);
  return ordinal - firstOrdinal(set) < kept ? 'current' : 'update';
}

function isOf({ metadata }: Live<Pod>, revision: string): boolean {
  return metadata.labels?.[revisionLabel] === revision;
}

function isRunning(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && isReady(pod);
}

function isHealthy(world: StatefulWorld, pod: Live<Pod>): boolean {
  return isRunning(pod) && !world.isLeaving(pod);
}

function isAvailable({ set, now }: StatefulWorld, pod: Live<Pod>): boolean {
  return isRunning(pod) && untilAvailable(pod, set.spec?.minReadySeconds ?? 0, now) === 0;
}

type StatefulSetStatus = NonNullable<StatefulSet['status']>;

/** Zero counts are absent where upstream leaves them out. When the rollout has ended, its revision is the current one. */
export function statefulSetStatus(world: StatefulWorld, collisionCount: number): StatefulSetStatus {
  const { set, pods, update } = world;
  const wanted = set.spec?.replicas ?? 1;
  const staying = pods.filter((pod) => !world.isLeaving(pod));
  const ready = pods.filter(isRunning).length;
  const updated = staying.filter((pod) => isOf(pod, update)).length;
  const isComplete =
    set.spec?.updateStrategy?.type === 'RollingUpdate' &&
    [updated, ready, pods.length].every((count) => count === wanted);
  const current = isComplete ? update : world.current;
  const currentCount = staying.filter((pod) => isOf(pod, current)).length;
  const available = pods.filter((pod) => isAvailable(world, pod)).length;
  const { conditions } = set.status ?? {};
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    ...(ready > 0 && { readyReplicas: ready }),
    ...(currentCount > 0 && { currentReplicas: currentCount }),
    ...(updated > 0 && { updatedReplicas: updated }),
    currentRevision: current,
    updateRevision: update,
    collisionCount,
    ...(available > 0 && { availableReplicas: available }),
    ...(conditions && { conditions }),
  };
}
