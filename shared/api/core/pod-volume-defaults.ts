// What upstream's defaulting fills in for one volume. A volume without a source is an empty directory.

import type {
  ObjectFieldSelector,
  PersistentVolumeSpec,
  ResourceFieldSelector,
  Volume,
} from 'kubernetes-types/core/v1';
import { canonical } from './pod-resource-lists.ts';

type NetworkStorage = Pick<Volume | PersistentVolumeSpec, 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO'>;

/** Octal 0644. */
const readableByAll = 0o644;

/** Defaults of a volume, in place. */
export function defaultVolume(volume: Volume): void {
  if (!hasSource(volume)) volume.emptyDir = {};
  if (volume.emptyDir?.sizeLimit !== undefined) {
    volume.emptyDir.sizeLimit = canonical(volume.emptyDir.sizeLimit);
  }
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.secret) volume.secret.defaultMode ??= readableByAll;
  if (volume.configMap) volume.configMap.defaultMode ??= readableByAll;
  defaultDownwardApi(volume);
  defaultProjected(volume);
  defaultNetworkStorage(volume);
  const claim = volume.ephemeral?.volumeClaimTemplate;
  if (claim?.spec) claim.spec.volumeMode ??= 'Filesystem';
}

/** A field reference is one to the API version v1 unless it says otherwise. */
export function defaultFieldRef(reference: ObjectFieldSelector): void {
  reference.apiVersion ||= 'v1';
}

/** The divisor's zero value means one. */
export function defaultResourceFieldRef(reference: ResourceFieldSelector): void {
  reference.divisor = canonical(reference.divisor || '0');
}

function hasSource({ name: _, ...sources }: Volume): boolean {
  return Object.values(sources).some((source) => source !== undefined && source !== null);
}

function defaultDownwardApi({ downwardAPI }: Volume): void {
  if (!downwardAPI) return;
  downwardAPI.defaultMode ??= readableByAll;
  for (const item of downwardAPI.items ?? []) defaultDownwardFile(item);
}

function defaultDownwardFile(item: {
  fieldRef?: ObjectFieldSelector;
  resourceFieldRef?: ResourceFieldSelector;
}): void {
  if (item.fieldRef) defaultFieldRef(item.fieldRef);
  if (item.resourceFieldRef) defaultResourceFieldRef(item.resourceFieldRef);
}

function defaultProjected({ projected }: Volume): void {
  if (!projected) return;
  projected.defaultMode ??= readableByAll;
  for (const source of projected.sources ?? []) {
    for (const item of source.downwardAPI?.items ?? []) defaultDownwardFile(item);
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
  }
}

/** Of a pod's volume, or of a PersistentVolume. */
export function defaultNetworkStorage({ iscsi, rbd, azureDisk, scaleIO }: NetworkStorage): void {
  if (iscsi) iscsi.iscsiInterface ||= 'default';
  if (rbd) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.kind ??= 'Shared';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
}
