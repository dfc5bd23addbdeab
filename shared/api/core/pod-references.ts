// Which ConfigMaps, Secrets and claims a pod names. What a node may read and what is delivered to it follow from this one
// list.

import type { Container, EphemeralContainer, Pod, Volume } from 'kubernetes-types/core/v1';

/** An object in the pod's own namespace. `optional`: the pod may run without it. */
export interface PodReference {
  resource: 'configmaps' | 'secrets' | 'persistentvolumeclaims';
  name: string;
  optional: boolean;
}

/**
 * Everything that the pod names (environment, volumes, pull secrets), each once, in order of appearance.
 * A name that is required anywhere is required. Pull secrets are optional: an image that needs none is pulled without.
 */
export function podReferences(pod: Pod): PodReference[] {
  const found = new Map<string, PodReference>();
  for (const reference of allReferences(pod)) {
    if (!reference.name) continue;
    const key = `${reference.resource}/${reference.name}`;
    const known = found.get(key);
    if (!known) found.set(key, reference);
    else if (!reference.optional) known.optional = false;
  }
  return [...found.values()];
}

/** The claim behind a volume; an ephemeral volume's is made for the pod and named after both. Undefined: there is none. */
export function claimNameOf({ metadata }: Pick<Pod, 'metadata'>, volume: Volume): string | undefined {
  if (volume.persistentVolumeClaim) return volume.persistentVolumeClaim.claimName;
  return volume.ephemeral ? `${metadata?.name}-${volume.name}` : undefined;
}

/** What only a cluster could bring: the kinds of objects that the pod refers to, as a static pod may not. */
export function clusterReferences(pod: Pod): string[] {
  const account = pod.spec?.serviceAccountName ? ['a service account'] : [];
  return [...account, ...new Set<string>(podReferences(pod).map(({ resource }) => resource))];
}

function* allReferences(pod: Pod): Generator<PodReference> {
  const { spec } = pod;
  if (!spec) return;
  for (const { name } of spec.imagePullSecrets ?? []) yield secret(name, true);
  for (const container of [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]) {
    yield* ofContainer(container);
  }
  for (const volume of spec.volumes ?? []) {
    const claim = claimNameOf(pod, volume);
    if (claim !== undefined) yield { resource: 'persistentvolumeclaims', name: claim, optional: false };
    yield* ofVolume(volume);
  }
}

function* ofContainer(container: Container | EphemeralContainer): Generator<PodReference> {
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef) yield configMap(configMapRef.name, configMapRef.optional);
    if (secretRef) yield secret(secretRef.name, secretRef.optional);
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.configMapKeyRef)
      yield configMap(valueFrom.configMapKeyRef.name, valueFrom.configMapKeyRef.optional);
    if (valueFrom?.secretKeyRef) yield secret(valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.optional);
  }
}

function* ofVolume(volume: Volume): Generator<PodReference> {
  if (volume.configMap) yield configMap(volume.configMap.name, volume.configMap.optional);
  if (volume.secret) yield secret(volume.secret.secretName, volume.secret.optional);
  for (const source of volume.projected?.sources ?? []) {
    if (source.configMap) yield configMap(source.configMap.name, source.configMap.optional);
    if (source.secret) yield secret(source.secret.name, source.secret.optional);
  }
  if (volume.azureFile) yield secret(volume.azureFile.secretName);
  for (const source of [
    volume.cephfs,
    volume.cinder,
    volume.flexVolume,
    volume.iscsi,
    volume.rbd,
    volume.scaleIO,
    volume.storageos,
  ]) {
    if (source?.secretRef) yield secret(source.secretRef.name);
  }
  if (volume.csi?.nodePublishSecretRef) yield secret(volume.csi.nodePublishSecretRef.name);
}

function configMap(name = '', optional = false): PodReference {
  return { resource: 'configmaps', name, optional };
}

function secret(name = '', optional = false): PodReference {
  return { resource: 'secrets', name, optional };
}
