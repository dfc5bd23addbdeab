// A StatefulSet's pod of one number: its name, which it keeps for ever, its claims, and to whom these belong. Pure.

import {
  type ControllerRevision,
  type PersistentVolumeClaim,
  type Pod,
  pods,
  type StatefulSet,
  statefulsets,
} from '../../../shared/api/index.ts';
import {
  apiVersionOf,
  controllerOf,
  deepEqual,
  type Live,
  newControllerRef,
  type OwnerReference,
} from '../../../shared/machinery/index.ts';
import { podFrom } from '../pods/pod-from-template.ts';
import { revisionLabel, templateOf } from './plan-revisions.ts';

export const podNameLabel = 'statefulset.kubernetes.io/pod-name';
const podIndexLabel = 'apps.kubernetes.io/pod-index';

export function firstOrdinal({ spec }: StatefulSet): number {
  return spec?.ordinals?.start ?? 0;
}

/** The number at the end of the name; undefined: it is none of the set's. */
export function ordinalOf(set: Live<StatefulSet>, { metadata }: Live<Pod>): number | undefined {
  const found = /^(.*)-([0-9]+)$/.exec(metadata.name);
  return found?.[1] === set.metadata.name ? Number(found[2]) : undefined;
}

export function isInRange(set: Live<StatefulSet>, ordinal: number): boolean {
  const index = ordinal - firstOrdinal(set);
  return index >= 0 && index < (set.spec?.replicas ?? 1);
}

/** What tells a pod from its siblings. */
export function identityLabels(name: string, ordinal: number): Record<string, string> {
  return { [podNameLabel]: name, [podIndexLabel]: String(ordinal) };
}

export function statefulPod(
  set: Live<StatefulSet>,
  revision: Live<ControllerRevision>,
  ordinal: number,
): Pod {
  const pod = podFrom(set, statefulsets, templateOf(revision));
  const name = `${set.metadata.name}-${ordinal}`;
  const labels = {
    ...pod.metadata?.labels,
    ...identityLabels(name, ordinal),
    [revisionLabel]: revision.metadata.name,
  };
  const spec = pod.spec ?? { containers: [] };
  const { serviceName } = set.spec ?? {};
  const volumes = volumesOf(set, ordinal, spec.volumes ?? []);
  return {
    ...pod,
    metadata: { ...pod.metadata, name, labels },
    spec: {
      ...spec,
      hostname: name,
      ...(serviceName && { subdomain: serviceName }),
      ...(volumes.length > 0 && { volumes }),
    },
  };
}

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];

/** A claim's volume stands in place of the template's with the same name. */
function volumesOf(set: Live<StatefulSet>, ordinal: number, own: readonly Volume[]): Volume[] {
  const claimed = (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => ({
    name: metadata?.name ?? '',
    persistentVolumeClaim: { claimName: claimName(set, metadata?.name ?? '', ordinal) },
  }));
  return [...claimed, ...own.filter(({ name }) => !claimed.some((volume) => volume.name === name))];
}

function claimName(set: Live<StatefulSet>, template: string, ordinal: number): string {
  return `${template}-${set.metadata.name}-${ordinal}`;
}

/** The claims of the pod with this number; they outlive it. */
export function claimsFor(set: Live<StatefulSet>, ordinal: number): PersistentVolumeClaim[] {
  const { namespace } = set.metadata;
  return (set.spec?.volumeClaimTemplates ?? []).map(({ metadata = {}, spec }) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...(metadata.annotations && { annotations: metadata.annotations }),
      ...(metadata.finalizers && { finalizers: metadata.finalizers }),
      name: claimName(set, metadata.name ?? '', ordinal),
      ...(namespace && { namespace }),
      labels: { ...metadata.labels, ...set.spec?.selector?.matchLabels },
    },
    ...(spec && { spec }),
  }));
}

/**
 * Who is to own a claim: the set where claims go with it, the pod where they go with a number that is no longer wanted.
 * Undefined: it is so already, or somebody else controls the claim.
 */
export function claimOwners(
  claim: Live<PersistentVolumeClaim>,
  set: Live<StatefulSet>,
  pod: Live<Pod>,
): OwnerReference[] | undefined {
  const ours = [set.metadata.uid, pod.metadata.uid];
  const controller = controllerOf(claim);
  if (controller && !ours.includes(controller.uid)) return undefined;
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } =
    set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  const isScaledDown = !isInRange(set, ordinalOf(set, pod) ?? -1);
  const known = claim.metadata.ownerReferences ?? [];
  const owners = known.filter(({ uid }) => !ours.includes(uid));
  if (whenScaled === 'Delete' && isScaledDown) owners.push(newControllerRef(pod, pods));
  else if (whenDeleted === 'Delete') owners.push(newControllerRef(set, statefulsets));
  return deepEqual(owners, known) ? undefined : owners;
}

/** It goes with a pod of this name that there was before: nothing may begin to use it. */
export function isStaleClaim(claim: Live<PersistentVolumeClaim>, podName: string, podUid?: string): boolean {
  return (claim.metadata.ownerReferences ?? []).some(
    ({ apiVersion, kind, name, uid }) =>
      apiVersion === apiVersionOf(pods) && kind === pods.kind && name === podName && uid !== podUid,
  );
}
