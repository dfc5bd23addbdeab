// Which pods the scheduler minds, and which changes of pods and nodes may let a pod fit that has fitted nowhere.

import { claimNameOf, isTerminated, type Node, type Pod } from '../../shared/api/index.ts';
import { deepEqual, type Live } from '../../shared/machinery/index.ts';

export const schedulerName = 'default-scheduler';

/** Pods of other schedulers, and gated ones, are not for us. */
export function isOurs(pod: Pod): boolean {
  const { spec } = pod;
  if (isTerminated(pod)) return false;
  return (spec?.schedulerName ?? schedulerName) === schedulerName && !spec?.schedulingGates?.length;
}

export function tookSpace(pod: Pod): boolean {
  return Boolean(pod.spec?.nodeName) && !isTerminated(pod);
}

/** Its neighbours may mind: it is new on its node, or has other labels. */
export function hasComeOrChanged(pod: Live<Pod>, previous: Live<Pod> | undefined): boolean {
  if (!tookSpace(pod)) return false;
  return !previous?.spec?.nodeName || !deepEqual(previous.metadata.labels, pod.metadata.labels);
}

export function hasClaims(pod: Pod): boolean {
  return pod.spec?.volumes?.some((volume) => claimNameOf(pod, volume) !== undefined) ?? false;
}

/** The scheduler's own writes to a pod's status must not make it try again. */
export function sameWish(a: Pod, b: Pod): boolean {
  return deepEqual(a.spec, b.spec) && deepEqual(a.metadata?.labels, b.metadata?.labels);
}

/** Heartbeats change a node without changing whom it can take. */
export function mattersToPods(a: Node, b: Node): boolean {
  return (
    !deepEqual(a.spec, b.spec) ||
    !deepEqual(a.metadata?.labels, b.metadata?.labels) ||
    !deepEqual(a.status?.allocatable, b.status?.allocatable)
  );
}
