// What a Deployment says of itself: counts, and whether its rollout progresses, has ended, or is stuck. Pure.

import type { Deployment, ReplicaSet } from '../../../shared/api/index.ts';
import {
  deepEqual,
  findCondition,
  formatTime,
  type Live,
  parseTime,
} from '../../../shared/machinery/index.ts';
import { allSets, desiredReplicas, leewayOf, type Rollout, replicasOf, sum } from './plan-deployment-sets.ts';

export type DeploymentStatus = NonNullable<Deployment['status']>;
export type DeploymentCondition = NonNullable<DeploymentStatus['conditions']>[number];

/** What kubectl and people read; the words are upstream's. */
export type ProgressReason =
  | 'NewReplicaSetCreated'
  | 'FoundNewReplicaSet'
  | 'ReplicaSetUpdated'
  | 'NewReplicaSetAvailable'
  | 'ReplicaSetCreateError'
  | 'ProgressDeadlineExceeded'
  | 'DeploymentPaused'
  | 'DeploymentResumed';

const never = 2 ** 31 - 1;

export function hasDeadline({ spec }: Deployment): boolean {
  return spec?.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== never;
}

/** A condition, new now. */
export function progressing(
  status: DeploymentCondition['status'],
  reason: ProgressReason,
  message: string,
  now: number,
): DeploymentCondition {
  const at = formatTime(now);
  return { type: 'Progressing', status, lastUpdateTime: at, lastTransitionTime: at, reason, message };
}

/** As upstream: a condition that says the same stays where it is; another one moves to the end. */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  next: DeploymentCondition,
): DeploymentCondition[] {
  const known = findCondition(conditions, next.type);
  if (known?.status === next.status && known.reason === next.reason) return [...conditions];
  const lastTransitionTime =
    known?.status === next.status ? known.lastTransitionTime : next.lastTransitionTime;
  return [
    ...withoutCondition(conditions, next.type),
    { ...next, ...(lastTransitionTime && { lastTransitionTime }) },
  ];
}

function withoutCondition(conditions: readonly DeploymentCondition[], type: string): DeploymentCondition[] {
  return conditions.filter((condition) => condition.type !== type);
}

/** Counts and availability, without judging the rollout: what a paused or deleted Deployment shows. */
export function countsOf(rollout: Rollout, now: number): DeploymentStatus {
  const { deployment, newSet } = rollout;
  const sets = allSets(rollout);
  const count = (field: 'replicas' | 'readyReplicas' | 'availableReplicas') =>
    sum(sets, (set) => set.status?.[field] ?? 0);
  const available = count('availableReplicas');
  const enough = available >= desiredReplicas(deployment) - leewayOf(deployment).unavailable;
  const at = formatTime(now);
  const availability: DeploymentCondition = {
    type: 'Available',
    status: enough ? 'True' : 'False',
    lastUpdateTime: at,
    lastTransitionTime: at,
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: enough
      ? 'Deployment has minimum availability.'
      : 'Deployment does not have minimum availability.',
  };
  return withoutZeros({
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: count('replicas'),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: count('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(sets, replicasOf) - available),
    conditions: withCondition(deployment.status?.conditions ?? [], availability),
    ...(deployment.status?.collisionCount && { collisionCount: deployment.status.collisionCount }),
  });
}

/** The whole status during and after a rollout. */
export function rolloutStatus(rollout: Rollout, now: number): DeploymentStatus {
  const status = countsOf(rollout, now);
  let conditions = status.conditions ?? [];
  if (!hasDeadline(rollout.deployment)) conditions = withoutCondition(conditions, 'Progressing');
  else conditions = judged(rollout, status, conditions, now);
  return { ...status, conditions: withFailures(rollout, conditions) };
}

function judged(
  { deployment, newSet }: Rollout,
  status: DeploymentStatus,
  conditions: DeploymentCondition[],
  now: number,
): DeploymentCondition[] {
  const known = findCondition(deployment.status?.conditions, 'Progressing');
  const settled =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && known?.reason === 'NewReplicaSetAvailable';
  if (settled) return conditions;
  const what = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, status)) {
    const message = `${what} has successfully progressed.`;
    return withCondition(conditions, progressing('True', 'NewReplicaSetAvailable', message, now));
  }
  if (hasMoved(deployment.status, status)) {
    const next = progressing('True', 'ReplicaSetUpdated', `${what} is progressing.`, now);
    const since = known?.status === 'True' ? known.lastTransitionTime : undefined;
    return [
      ...withoutCondition(conditions, 'Progressing'),
      { ...next, ...(since && { lastTransitionTime: since }) },
    ];
  }
  if (hasTimedOut(deployment, status, now)) {
    const message = `${what} has timed out progressing.`;
    return withCondition(conditions, progressing('False', 'ProgressDeadlineExceeded', message, now));
  }
  return conditions;
}

/** A ReplicaSet that cannot create its pods says so on the Deployment; the new one's word counts most. */
function withFailures(
  { newSet, oldSets }: Rollout,
  conditions: DeploymentCondition[],
): DeploymentCondition[] {
  const failing = [...(newSet ? [newSet] : []), ...oldSets]
    .map(failureOf)
    .find((found) => found !== undefined);
  if (!failing) return withoutCondition(conditions, 'ReplicaFailure');
  return withCondition(conditions, failing);
}

function failureOf({ status }: Live<ReplicaSet>): DeploymentCondition | undefined {
  const condition = findCondition(status?.conditions, 'ReplicaFailure');
  const at = condition?.lastTransitionTime;
  return condition && { ...condition, ...(at && { lastUpdateTime: at }) };
}

/** All replicas are new and available, and the controller has seen the newest spec. */
export function isComplete(deployment: Live<Deployment>, status: DeploymentStatus | undefined): boolean {
  const desired = desiredReplicas(deployment);
  return (
    (status?.updatedReplicas ?? 0) === desired &&
    (status?.replicas ?? 0) === desired &&
    (status?.availableReplicas ?? 0) === desired &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function hasMoved(before: DeploymentStatus | undefined, after: DeploymentStatus): boolean {
  const oldOnes = (status: DeploymentStatus | undefined) =>
    (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    oldOnes(after) < oldOnes(before) ||
    (after.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  );
}

function hasTimedOut(deployment: Deployment, { conditions }: DeploymentStatus, now: number): boolean {
  const known = findCondition(conditions, 'Progressing');
  if (!known || known.reason === 'NewReplicaSetAvailable') return false;
  if (known.reason === 'ProgressDeadlineExceeded') return true;
  return deadlineOf(deployment, known) < now;
}

function deadlineOf({ spec }: Deployment, { lastUpdateTime }: DeploymentCondition): number {
  return (parseTime(lastUpdateTime ?? '') ?? 0) + (spec?.progressDeadlineSeconds ?? 0) * 1000;
}

/** Milliseconds after which the rollout has to be looked at again, lest its deadline pass unseen; undefined: no need. */
export function untilDeadline(
  deployment: Live<Deployment>,
  status: DeploymentStatus,
  now: number,
): number | undefined {
  const known = findCondition(status.conditions, 'Progressing');
  if (!hasDeadline(deployment) || deployment.spec?.paused || !known) return undefined;
  if (isComplete(deployment, status) || known.reason === 'ProgressDeadlineExceeded') return undefined;
  // Times are whole seconds: a second later it has passed for certain.
  return Math.max(1000, deadlineOf(deployment, known) - now + 1000);
}

/** The Progressing condition that a pause or its end calls for; undefined: none. */
export function pauseCondition(deployment: Live<Deployment>, now: number): DeploymentCondition | undefined {
  const known = findCondition(deployment.status?.conditions, 'Progressing');
  if (!hasDeadline(deployment) || known?.reason === 'ProgressDeadlineExceeded') return undefined;
  const isMarked = known?.reason === 'DeploymentPaused';
  const paused = deployment.spec?.paused === true;
  if (paused === isMarked) return undefined;
  return paused
    ? progressing('Unknown', 'DeploymentPaused', 'Deployment is paused', now)
    : progressing('Unknown', 'DeploymentResumed', 'Deployment is resumed', now);
}

/** Equal for a reader: the same counts and conditions. */
export function sameStatus(a: DeploymentStatus | undefined, b: DeploymentStatus): boolean {
  return deepEqual(a ?? {}, b);
}

function withoutZeros(status: DeploymentStatus): DeploymentStatus {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== 0));
}
