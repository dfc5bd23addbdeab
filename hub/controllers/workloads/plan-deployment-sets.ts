// Which ReplicaSet of a Deployment is the new one, what a new one looks like, and what is written on them. Pure.

import {
  type Deployment,
  deployments,
  type PodTemplateSpec,
  parseRevision,
  type ReplicaSet,
  revisionAnnotation,
} from '../../../shared/api/index.ts';
import {
  deepEqual,
  type KubeObject,
  type LabelSelector,
  type Live,
  newControllerRef,
  resolveIntOrPercent,
  stableHash,
} from '../../../shared/machinery/index.ts';

export const hashLabel = 'pod-template-hash';

export const annotations = {
  revision: revisionAnnotation,
  revisionHistory: 'deployment.kubernetes.io/revision-history',
  desiredReplicas: 'deployment.kubernetes.io/desired-replicas',
  maxReplicas: 'deployment.kubernetes.io/max-replicas',
} as const;

/** Annotations of the Deployment that its ReplicaSets don't inherit. */
const ownAnnotations: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  ...Object.values(annotations),
]);

/** Characters of the list of former revisions. */
const longestHistory = 2000;

/** A Deployment with its ReplicaSets told apart. */
export interface Rollout {
  deployment: Live<Deployment>;
  /** The one with the Deployment's template. */
  newSet: Live<ReplicaSet> | undefined;
  oldSets: Live<ReplicaSet>[];
}

export function rolloutOf(deployment: Live<Deployment>, sets: readonly Live<ReplicaSet>[]): Rollout {
  const template = withoutHash(deployment.spec?.template);
  const newSet = [...sets]
    .sort(olderFirst)
    .find(({ spec }) => deepEqual(withoutHash(spec?.template), template));
  const oldSets = sets.filter(({ metadata }) => metadata.uid !== newSet?.metadata.uid);
  return { deployment, newSet, oldSets };
}

export function allSets({ newSet, oldSets }: Rollout): Live<ReplicaSet>[] {
  return newSet ? [...oldSets, newSet] : oldSets;
}

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const { [hashLabel]: _hash, ...labels } = template?.metadata?.labels ?? {};
  const { creationTimestamp: _time, labels: _labels, ...metadata } = template?.metadata ?? {};
  return { metadata: { ...metadata, labels }, spec: template?.spec };
}

export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return deepEqual(withoutHash(a), withoutHash(b));
}

export function desiredReplicas(deployment: Deployment): number {
  return deployment.spec?.replicas ?? 1;
}

export function replicasOf(set: ReplicaSet): number {
  return set.spec?.replicas ?? 1;
}

export function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return (deployment.spec?.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

/** How many pods more, and how many available ones fewer, than desired there may be during a rollout. */
export function leewayOf(deployment: Deployment): { surge: number; unavailable: number } {
  const desired = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment)) return { surge: 0, unavailable: 0 };
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const surge = resolveIntOrPercent(maxSurge, desired, 'up');
  const unavailable = resolveIntOrPercent(maxUnavailable, desired, 'down');
  // Both zero by rounding: a rollout must be able to move.
  return { surge, unavailable: Math.min(surge === 0 && unavailable === 0 ? 1 : unavailable, desired) };
}

export function revisionOfSet(object: { metadata?: { annotations?: Record<string, string> } }): bigint {
  return parseRevision(object.metadata?.annotations?.[annotations.revision]);
}

/** The revision that the new ReplicaSet gets: one more than the highest of the old ones. */
export function nextRevision({ oldSets }: Rollout): bigint {
  return oldSets.map(revisionOfSet).reduce((highest, each) => (each > highest ? each : highest), 0n) + 1n;
}

/** A new ReplicaSet for the Deployment's template. */
export function newReplicaSet(rollout: Rollout, replicas: number): ReplicaSet {
  const { deployment } = rollout;
  const { name, namespace } = deployment.metadata;
  const { template, selector, minReadySeconds } = deployment.spec ?? {};
  const hash = stableHash(template, deployment.status?.collisionCount ?? 0);
  const labels = { ...template?.metadata?.labels, [hashLabel]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace && { namespace }),
      labels,
      annotations: {
        ...newSetAnnotations(deployment, undefined, nextRevision(rollout)),
        ...sizeAnnotations(deployment),
      },
      ownerReferences: [newControllerRef(deployment, deployments)],
    },
    spec: {
      replicas,
      ...(minReadySeconds && { minReadySeconds }),
      selector: withHash(selector, hash),
      template: { ...template, metadata: { ...template?.metadata, labels } },
    },
  };
}

function withHash(selector: LabelSelector | undefined, hash: string): LabelSelector {
  return { ...selector, matchLabels: { ...selector?.matchLabels, [hashLabel]: hash } };
}

/** What is written on the new ReplicaSet: the Deployment's annotations and its revision, with the ones it had before. */
export function newSetAnnotations(
  deployment: Live<Deployment>,
  set: ReplicaSet | undefined,
  revision: bigint,
): Record<string, string> {
  const known = set?.metadata?.annotations ?? {};
  const inherited = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([key]) => !ownAnnotations.has(key),
  );
  const result = { ...known, ...Object.fromEntries(inherited) };
  const before = known[annotations.revision];
  if (before !== undefined && parseRevision(before) >= revision) return result;
  result[annotations.revision] = String(revision);
  if (before !== undefined) {
    const history = [...(known[annotations.revisionHistory]?.split(',') ?? []), before].filter(Boolean);
    while (history.length > 1 && history.join(',').length > longestHistory) history.shift();
    result[annotations.revisionHistory] = history.join(',');
  }
  return result;
}

/** How many replicas the Deployment wanted when a ReplicaSet was last sized: what proportional scaling goes by. */
export function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const desired = desiredReplicas(deployment);
  return {
    [annotations.desiredReplicas]: String(desired),
    [annotations.maxReplicas]: String(desired + leewayOf(deployment).surge),
  };
}

export function hasAnnotations(object: KubeObject, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([key, value]) => object.metadata?.annotations?.[key] === value);
}

/** Finished ReplicaSets beyond the Deployment's history limit, the oldest revisions. */
export function setsToForget({ deployment, oldSets }: Rollout): Live<ReplicaSet>[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? 10;
  const alive = oldSets.filter(({ metadata }) => !metadata.deletionTimestamp);
  return alive
    .sort((a, b) => Number(revisionOfSet(a) - revisionOfSet(b)) || olderFirst(a, b))
    .slice(0, Math.max(0, alive.length - limit))
    .filter(
      ({ metadata, spec, status }) =>
        spec?.replicas === 0 &&
        !status?.replicas &&
        (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0),
    );
}

export function olderFirst(a: Live<ReplicaSet>, b: Live<ReplicaSet>): number {
  const [timeA, timeB] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** The ReplicaSet with parts of its spec and some annotations changed. */
export function changedSet(
  set: Live<ReplicaSet>,
  spec: { replicas?: number; minReadySeconds?: number },
  written: Record<string, string>,
): Live<ReplicaSet> {
  const metadata = { ...set.metadata, annotations: { ...set.metadata.annotations, ...written } };
  return { ...set, metadata, ...(set.spec && { spec: { ...set.spec, ...spec } }) };
}
