// The status of a DaemonSet: how many nodes it means, and how far their pods are. Pure.

import type { DaemonSet } from '../../../shared/api/index.ts';
import { isReady, untilAvailable } from '../pod-facts.ts';
import { type DaemonWorld, firstToStay, fitOf, isUpdated, podsByNode } from './plan-daemon-set.ts';

type DaemonSetStatus = NonNullable<DaemonSet['status']>;

/** Of several pods on a node the one that stays counts. Zero counts are absent where upstream leaves them out. */
export function daemonSetStatus(world: DaemonWorld, collisionCount: number): DaemonSetStatus {
  const { set, now } = world;
  const here = podsByNode(world.pods);
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 };
  for (const node of world.nodes) {
    const [pod] = (here.get(node.metadata.name) ?? []).sort(firstToStay);
    if (!fitOf(set, node).shouldRun) {
      if (pod) counts.misscheduled += 1;
      continue;
    }
    counts.desired += 1;
    if (!pod) continue;
    counts.current += 1;
    if (isReady(pod)) counts.ready += 1;
    if (untilAvailable(pod, set.spec?.minReadySeconds ?? 0, now) === 0) counts.available += 1;
    if (isUpdated(world, pod)) counts.updated += 1;
  }
  const { conditions } = set.status ?? {};
  const unavailable = counts.desired - counts.available;
  return {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation ?? 0,
    ...(counts.updated > 0 && { updatedNumberScheduled: counts.updated }),
    ...(counts.available > 0 && { numberAvailable: counts.available }),
    ...(unavailable > 0 && { numberUnavailable: unavailable }),
    ...((collisionCount > 0 || set.status?.collisionCount !== undefined) && { collisionCount }),
    ...(conditions && { conditions }),
  };
}
