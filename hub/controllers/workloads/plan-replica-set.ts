// What a ReplicaSet or a ReplicationController has to do about its pods, and what its status is. Pure.

import type { Pod, ReplicaSet, ReplicationController } from '../../../shared/api/index.ts';
import { formatTime, type Live } from '../../../shared/machinery/index.ts';
import { untilAvailable } from '../pod-facts.ts';
import { rankForDeletion } from '../pods/plan-pod-deletion.ts';

type ReplicaSetStatus = NonNullable<ReplicaSet['status']>;
type ReplicaSetCondition = NonNullable<ReplicaSetStatus['conditions']>[number];

/** No more pods are created or deleted in one go. */
const burst = 500;

export interface ReplicaPlan {
  create: number;
  remove: Live<Pod>[];
}

export interface ReplicaWorld {
  replicaSet: Live<ReplicaSet | ReplicationController>;
  /** Active pods that belong to it. */
  pods: readonly Live<Pod>[];
  /** How many pods of the same family (all ReplicaSets of the Deployment) run on a node. */
  relatedOn(nodeName: string): number;
  now: number;
}

export function planReplicas({ replicaSet, pods, relatedOn, now }: ReplicaWorld): ReplicaPlan {
  const difference = pods.length - (replicaSet.spec?.replicas ?? 1);
  if (difference <= 0) return { create: Math.min(-difference, burst), remove: [] };
  const ranked = rankForDeletion(pods, relatedOn, now);
  return { create: 0, remove: ranked.slice(0, Math.min(difference, burst)) };
}

/** What went wrong with creating or deleting pods, if anything. */
export interface ReplicaFailure {
  reason: 'FailedCreate' | 'FailedDelete';
  message: string;
}

/** The status that these pods make. Zero counts are absent, as upstream leaves them out. */
export function replicaSetStatus(
  replicaSet: Live<ReplicaSet | ReplicationController>,
  pods: readonly Live<Pod>[],
  failure: ReplicaFailure | undefined,
  now: number,
): ReplicaSetStatus {
  const { template, minReadySeconds = 0 } = replicaSet.spec ?? {};
  const templateLabels = Object.entries(template?.metadata?.labels ?? {});
  let fullyLabeled = 0;
  let ready = 0;
  let available = 0;
  for (const pod of pods) {
    if (templateLabels.every(([key, value]) => pod.metadata.labels?.[key] === value)) fullyLabeled += 1;
    const wait = untilAvailable(pod, minReadySeconds, now);
    if (wait !== undefined) ready += 1;
    if (wait === 0) available += 1;
  }
  const conditions = withFailure(replicaSet.status?.conditions ?? [], failure, now);
  return {
    replicas: pods.length,
    ...(fullyLabeled > 0 && { fullyLabeledReplicas: fullyLabeled }),
    ...(ready > 0 && { readyReplicas: ready }),
    ...(available > 0 && { availableReplicas: available }),
    observedGeneration: replicaSet.metadata.generation ?? 0,
    ...(conditions.length > 0 && { conditions }),
  };
}

/** Milliseconds until the next ready pod becomes available; undefined: none is waiting. */
export function untilNextAvailable(
  pods: readonly Live<Pod>[],
  minReadySeconds: number,
  now: number,
): number | undefined {
  const waits = pods
    .map((pod) => untilAvailable(pod, minReadySeconds, now))
    .filter((wait) => wait !== undefined);
  const open = waits.filter((wait) => wait > 0);
  return open.length > 0 ? Math.min(...open) : undefined;
}

function withFailure(
  conditions: readonly ReplicaSetCondition[],
  failure: ReplicaFailure | undefined,
  now: number,
): ReplicaSetCondition[] {
  const known = conditions.find(({ type }) => type === 'ReplicaFailure');
  const others = conditions.filter(({ type }) => type !== 'ReplicaFailure');
  if (!failure) return others;
  if (known?.status === 'True' && known.reason === failure.reason) return [...conditions];
  const lastTransitionTime = formatTime(now);
  return [...others, { type: 'ReplicaFailure', status: 'True', lastTransitionTime, ...failure }];
}
