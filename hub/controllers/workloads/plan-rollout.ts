// How many replicas each ReplicaSet of a Deployment gets next. Pure; the rules of k8s.io/kubernetes/pkg/controller/deployment.

import type { ReplicaSet } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import {
  allSets,
  annotations,
  desiredReplicas,
  isRollingUpdate,
  leewayOf,
  olderFirst,
  type Rollout,
  replicasOf,
  sum,
} from './plan-deployment-sets.ts';

export interface Scaling {
  set: Live<ReplicaSet>;
  replicas: number;
}

/** How large a ReplicaSet of the Deployment's template may become now. `current`: its replicas so far. */
export function newSetReplicas(rollout: Rollout, current: number): number {
  const desired = desiredReplicas(rollout.deployment);
  if (!isRollingUpdate(rollout.deployment)) return desired;
  const room = desired + leewayOf(rollout.deployment).surge - sum(allSets(rollout), replicasOf);
  return room <= 0 ? current : current + Math.max(0, Math.min(room, desired - current));
}

/** The next step of a rolling update: first the new ReplicaSet grows, then the old ones shrink. Empty: nothing to do now. */
export function planRollingUpdate(rollout: Rollout): Scaling[] {
  const { deployment, newSet } = rollout;
  if (!newSet) return [];
  const desired = desiredReplicas(deployment);
  const current = replicasOf(newSet);
  const wanted = current > desired ? desired : newSetReplicas(rollout, current);
  if (current !== desired && wanted !== current) return [{ set: newSet, replicas: wanted }];
  return shrinkOldSets(rollout, newSet);
}

function shrinkOldSets(rollout: Rollout, newSet: Live<ReplicaSet>): Scaling[] {
  const oldSets = activeOnly(rollout.oldSets).sort(olderFirst);
  if (oldSets.length === 0) return [];
  const all = [...oldSets, newSet];
  const minAvailable = desiredReplicas(rollout.deployment) - leewayOf(rollout.deployment).unavailable;
  const newUnavailable = replicasOf(newSet) - (newSet.status?.availableReplicas ?? 0);
  const mayGo = sum(all, replicasOf) - minAvailable - newUnavailable;
  if (mayGo <= 0) return [];
  const sizes = new Map(oldSets.map((set) => [set, replicasOf(set)]));
  dropUnhealthy(sizes, mayGo);
  dropAvailable(sizes, sum(all, availableOf) - minAvailable);
  return [...sizes]
    .filter(([set, replicas]) => replicas !== replicasOf(set))
    .map(([set, replicas]) => ({ set, replicas }));
}

/** Replicas that don't serve anyway go first: a broken rollout must not block the way back. */
function dropUnhealthy(sizes: Map<Live<ReplicaSet>, number>, limit: number): void {
  let left = limit;
  for (const [set, replicas] of sizes) {
    const dropped = Math.max(0, Math.min(left, replicas - availableOf(set)));
    sizes.set(set, replicas - dropped);
    left -= dropped;
  }
}

function dropAvailable(sizes: Map<Live<ReplicaSet>, number>, limit: number): void {
  let left = Math.max(0, limit);
  for (const [set, replicas] of sizes) {
    const dropped = Math.min(left, replicas);
    sizes.set(set, replicas - dropped);
    left -= dropped;
  }
}

/** Recreate, first half: all old replicas go. Empty: they have gone. */
export function planRecreate({ oldSets }: Rollout): Scaling[] {
  return activeOnly(oldSets).map((set) => ({ set, replicas: 0 }));
}

/** True where the Deployment's replicas were changed: a ReplicaSet was sized for another number. */
export function isScaling(rollout: Rollout): boolean {
  const desired = desiredReplicas(rollout.deployment);
  return activeOnly(allSets(rollout)).some((set) => {
    const known = set.metadata.annotations?.[annotations.desiredReplicas];
    return known !== undefined && Number(known) !== desired;
  });
}

/**
 * Scaling without a rollout: the one active ReplicaSet gets it all; several share the change by their sizes.
 * Also names ReplicaSets whose size stays: what is written on them changes.
 */
export function planScaling(rollout: Rollout): Scaling[] {
  const { deployment, newSet, oldSets } = rollout;
  const desired = desiredReplicas(deployment);
  const only = activeOrLatest(rollout);
  if (only) return [{ set: only, replicas: desired }];
  if (newSet && isSaturated(newSet, desired)) {
    return activeOnly(oldSets).map((set) => ({ set, replicas: 0 }));
  }
  return isRollingUpdate(deployment) ? shareOut(rollout) : [];
}

function activeOrLatest(rollout: Rollout): Live<ReplicaSet> | undefined {
  const active = activeOnly(allSets(rollout));
  if (active.length === 1) return active[0];
  if (active.length > 1) return undefined;
  return rollout.newSet ?? [...rollout.oldSets].sort(olderFirst).at(-1);
}

function isSaturated(newSet: Live<ReplicaSet>, desired: number): boolean {
  const known = newSet.metadata.annotations?.[annotations.desiredReplicas];
  return Number(known) === desired && replicasOf(newSet) === desired && availableOf(newSet) === desired;
}

/** Proportional scaling: a change amid a rollout is spread over its ReplicaSets, the largest first. */
function shareOut(rollout: Rollout): Scaling[] {
  const desired = desiredReplicas(rollout.deployment);
  const sets = activeOnly(allSets(rollout));
  const allowed = desired > 0 ? desired + leewayOf(rollout.deployment).surge : 0;
  const toAdd = allowed - sum(sets, replicasOf);
  const ageOrder = toAdd > 0 ? -1 : 1;
  sets.sort((a, b) => replicasOf(b) - replicasOf(a) || ageOrder * olderFirst(a, b));
  let added = 0;
  const sized = sets.map((set) => {
    const share = shareOf(set, rollout, toAdd - added, allowed);
    added += share;
    return { set, replicas: replicasOf(set) + share };
  });
  const [first] = sized;
  if (first) first.replicas = Math.max(0, first.replicas + toAdd - added);
  return sized;
}

function shareOf(set: Live<ReplicaSet>, { deployment }: Rollout, left: number, allowed: number): number {
  const size = replicasOf(set);
  if (size === 0 || left === 0) return 0;
  const share = fractionOf(set, size, desiredReplicas(deployment), allowed, deployment.status?.replicas ?? 0);
  return left > 0 ? Math.min(share, left) : Math.max(share, left);
}

function fractionOf(
  set: Live<ReplicaSet>,
  size: number,
  desired: number,
  allowed: number,
  actual: number,
): number {
  if (desired === 0) return -size;
  const before = Number(set.metadata.annotations?.[annotations.maxReplicas]) || actual;
  return before === 0 ? 0 : Math.round((size * allowed) / before) - size;
}

function activeOnly(sets: readonly Live<ReplicaSet>[]): Live<ReplicaSet>[] {
  return sets.filter((set) => replicasOf(set) > 0);
}

function availableOf({ status }: ReplicaSet): number {
  return status?.availableReplicas ?? 0;
}
