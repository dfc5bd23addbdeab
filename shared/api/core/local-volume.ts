// Volumes that Kelp makes itself: a folder on one node. What the hub writes on such a volume and the node relies on.

import type { PersistentVolume } from 'kubernetes-types/core/v1';

/** The provisioner of the StorageClass `local`. */
export const localProvisioner = 'kelp.dev/local';
/** On a Node: the folder in which its agent keeps volumes, an absolute path. */
export const volumesFolderAnnotation = 'kelp.dev/volumes-folder';
/** On a volume of ours: the node that has its folder. */
export const volumeNodeAnnotation = 'kelp.dev/node';
/** Keeps a volume of ours until its node has removed the folder. */
export const localVolumeFinalizer = 'kelp.dev/local-volume';
export const provisionedByAnnotation = 'pv.kubernetes.io/provisioned-by';
export const volumeProtection = 'kubernetes.io/pv-protection';
export const claimProtection = 'kubernetes.io/pvc-protection';

/** The node that has the folder of this volume; undefined: it is none of ours. */
export function localVolumeNode({ metadata, spec }: PersistentVolume): string | undefined {
  const { annotations = {} } = metadata ?? {};
  if (annotations[provisionedByAnnotation] !== localProvisioner || !spec?.local) return undefined;
  return annotations[volumeNodeAnnotation];
}

/** The node that is to remove the folder now: nobody has the volume any more, and nobody wants what is in it. */
export function nodeToClean(volume: PersistentVolume): string | undefined {
  const { deletionTimestamp, finalizers = [] } = volume.metadata ?? {};
  if (!deletionTimestamp || !finalizers.includes(localVolumeFinalizer)) return undefined;
  if (finalizers.includes(volumeProtection)) return undefined;
  return volume.spec?.persistentVolumeReclaimPolicy === 'Delete' ? localVolumeNode(volume) : undefined;
}
