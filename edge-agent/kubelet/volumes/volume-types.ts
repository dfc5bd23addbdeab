// All types of volumes that a pod can have here. What is not in the list is refused by its name.

import { claimVolume } from './claim-volume.ts';
import { emptyDir } from './empty-dir.ts';
import { hostPath } from './host-path.ts';
import { nfs } from './nfs.ts';
import { projected } from './projected.ts';
import { type Volume, VolumeFault, type VolumeType, withoutDriver } from './volume-type.ts';

export const volumeTypes: readonly VolumeType[] = [projected, emptyDir, hostPath, claimVolume, nfs];

/** Throws VolumeFault where there is none. A volume that says nothing of itself is an emptyDir, as upstream. */
export function typeOf(volume: Volume): VolumeType {
  const found = volumeTypes.find(({ fields }) => fields.some((field) => volume[field] !== undefined));
  if (found) return found;
  const kind = Object.keys(volume).find((key) => key !== 'name');
  if (kind === undefined) return emptyDir;
  if (volume.csi) throw withoutDriver(volume.csi.driver);
  throw new VolumeFault(`volumes of type ${kind} are not supported on this node`);
}

/** Whether making it again brings it up to date. */
export function isFollowing(volume: Volume): boolean {
  return volumeTypes.some(({ fields, follows }) => follows && fields.some((field) => volume[field]));
}
