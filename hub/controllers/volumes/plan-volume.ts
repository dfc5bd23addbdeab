// What becomes of a volume: whether it is free, whose it is, and what happens when its claim is gone. Pure, after upstream's
// syncVolume (pkg/controller/volume/persistentvolume/pv_controller.go).

import {
  boundByController,
  type PersistentVolume,
  type PersistentVolumeClaim,
  provisionedByAnnotation,
} from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import type { Said } from './plan-claim.ts';

export interface VolumePlan {
  phase: 'Available' | 'Bound' | 'Released' | 'Failed';
  /** Why it failed. */
  message?: string;
  /** Undefined: its reference to a claim stays. `uid`: it stays reserved for the name. */
  unbind?: 'whole' | 'uid';
  said?: Said;
}

/** `claim`: the one that the volume's reference names, whatever its uid; undefined: there is none of that name. */
export function planVolume(
  volume: Live<PersistentVolume>,
  claim: Live<PersistentVolumeClaim> | undefined,
): VolumePlan | undefined {
  const reference = volume.spec?.claimRef;
  if (!reference?.uid) return { phase: 'Available' };
  if (claim?.metadata.uid !== reference.uid) return planRelease(volume);
  const { volumeName } = claim.spec ?? {};
  if (volumeName === volume.metadata.name) return { phase: 'Bound' };
  // Half bound: the claim's own turn finishes it.
  if (!volumeName) return undefined;
  const { annotations = {} } = volume.metadata;
  const policy = volume.spec?.persistentVolumeReclaimPolicy;
  if (annotations[provisionedByAnnotation] && policy === 'Delete') return planRelease(volume);
  return { phase: 'Available', unbind: annotations[boundByController] ? 'whole' : 'uid' };
}

function planRelease(volume: Live<PersistentVolume>): VolumePlan {
  const policy = volume.spec?.persistentVolumeReclaimPolicy ?? 'Retain';
  const isProvisioned = volume.metadata.annotations?.[provisionedByAnnotation] !== undefined;
  if (policy === 'Retain' || (policy === 'Delete' && isProvisioned)) return { phase: 'Released' };
  if (policy === 'Recycle') return failed('VolumeFailedRecycle', 'No recycler plugin found for the volume!');
  const name = JSON.stringify(volume.metadata.name);
  return failed(
    'VolumeFailedDelete',
    `error getting deleter volume plugin for volume ${name}: no deletable volume plugin matched`,
  );
}

function failed(reason: string, message: string): VolumePlan {
  return { phase: 'Failed', message, said: { type: 'Warning', reason, message } };
}
