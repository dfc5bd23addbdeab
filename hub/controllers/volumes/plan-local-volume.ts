// Volumes of the StorageClass `local`: a folder on the node that the first pod was sent to. Pure.

import {
  localProvisioner,
  localVolumeFinalizer,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  provisionedByAnnotation,
  type StorageClass,
  volumeNodeAnnotation,
  volumesFolderAnnotation,
} from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';

/** What the volume can be for; it is on one node. */
const possibleModes = ['ReadWriteOnce', 'ReadWriteOncePod'];
const hostnameLabel = 'kubernetes.io/hostname';

export function volumeNameFor({ metadata }: Live<PersistentVolumeClaim>): string {
  return `pvc-${metadata.uid}`;
}

/**
 * The volume to make, or why there can be none. `node`: the one that was chosen; undefined: it is gone, or none was;
 * `reschedule`: another node may do.
 */
export function planLocalVolume(
  claim: Live<PersistentVolumeClaim>,
  storageClass: Live<StorageClass>,
  node: Live<Node> | undefined,
): PersistentVolume | { fault: string; reschedule?: true } {
  const { accessModes = [], volumeMode = 'Filesystem', selector, resources } = claim.spec ?? {};
  const impossible = accessModes.find((mode) => !possibleModes.includes(mode));
  if (impossible)
    return { fault: `accessModes: ${impossible}: a folder of one node can be ${possibleModes.join(' or ')}` };
  if (volumeMode !== 'Filesystem') return { fault: `volumeMode: ${volumeMode}: a folder is a Filesystem` };
  if (storageClass.mountOptions?.length) return { fault: 'mountOptions: a folder is not mounted' };
  if (selector) return { fault: 'claim Selector is not supported' };
  if (storageClass.volumeBindingMode !== 'WaitForFirstConsumer')
    return { fault: 'volumeBindingMode: Immediate: a folder needs a node, use WaitForFirstConsumer' };
  if (!node) return { fault: 'the node that was selected is not there', reschedule: true };
  const folder = node.metadata.annotations?.[volumesFolderAnnotation];
  const hostname = node.metadata.labels?.[hostnameLabel];
  if (!folder || !hostname)
    return { fault: `node ${node.metadata.name} has said of no folder for volumes: its agent is too old` };
  const name = volumeNameFor(claim);
  const { namespace = '', uid, resourceVersion } = claim.metadata;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      annotations: {
        [provisionedByAnnotation]: localProvisioner,
        [volumeNodeAnnotation]: node.metadata.name,
      },
      finalizers: [localVolumeFinalizer],
    },
    spec: {
      capacity: { storage: resources?.requests?.storage ?? '0' },
      accessModes,
      volumeMode,
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      claimRef: {
        ...{ kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name: claim.metadata.name },
        ...{ uid, resourceVersion },
      },
      local: { path: `${folder.replace(/\/$/, '')}/${name}` },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: hostnameLabel, operator: 'In', values: [hostname] }] },
          ],
        },
      },
    },
  };
}

export type LocalVolumeStep =
  /** Nobody has it any more, and nobody wants what is in it: it goes, and its node removes the folder. */
  | 'delete'
  /** The folder stays, or nobody is there to remove it: the volume does not wait for that. */
  | 'release'
  | undefined;

/** `nodeIsThere`: the node that has the folder is registered. */
export function planLocalVolumeEnd(volume: Live<PersistentVolume>, nodeIsThere: boolean): LocalVolumeStep {
  const { deletionTimestamp, finalizers = [] } = volume.metadata;
  const isDeleted = volume.spec?.persistentVolumeReclaimPolicy === 'Delete';
  if (!deletionTimestamp) return volume.status?.phase === 'Released' && isDeleted ? 'delete' : undefined;
  if (!finalizers.includes(localVolumeFinalizer)) return undefined;
  return isDeleted && nodeIsThere ? undefined : 'release';
}
