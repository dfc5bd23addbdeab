// persistentVolumeClaim and ephemeral: what the claim is bound to, once this node has been told of both.

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { claimNameOf, localVolumeNode, type PersistentVolume } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { prepareHostPath } from './host-path.ts';
import { MountFault } from './mounts.ts';
import { mountNfs } from './nfs.ts';
import {
  type Volume,
  type VolumeContext,
  VolumeFault,
  type VolumePlace,
  type VolumeType,
  withoutDriver,
} from './volume-type.ts';

export const claimVolume: VolumeType = {
  fields: ['persistentVolumeClaim', 'ephemeral'],
  async make(volume, folder, context) {
    const bound = boundVolume(volume, context);
    const place = await placeOf(bound, folder, context).catch((error: unknown) => {
      throw named(error, bound);
    });
    const readOnly = place.readOnly || (volume.persistentVolumeClaim?.readOnly ?? false);
    return { ...place, readOnly };
  },
};

/** Whoever reads of it looks for the volume behind the claim. */
function named(error: unknown, { metadata: { name } }: Live<PersistentVolume>): unknown {
  if (error instanceof MountFault) return new VolumeFault(error.message, { volume: name });
  return error instanceof VolumeFault
    ? new VolumeFault(error.message, { ...error.context, volume: name })
    : error;
}

/** Throws VolumeFault. A volume that does not name the claim in return is somebody else's. */
function boundVolume(volume: Volume, { pod, desired }: VolumeContext): Live<PersistentVolume> {
  const name = claimNameOf(pod, volume) ?? '';
  const { namespace = '' } = pod.metadata;
  const claim = desired.claim(namespace, name);
  if (!claim) throw new VolumeFault(`persistentvolumeclaim "${name}" not found`);
  const { volumeName } = claim.spec ?? {};
  if (!volumeName || claim.status?.phase !== 'Bound')
    throw new VolumeFault(`persistentvolumeclaim "${name}" is not bound`);
  const { volumeMode = 'Filesystem' } = claim.spec ?? {};
  refuseMisuse(volume, volumeMode, pod);
  if (volumeMode === 'Block') {
    throw new VolumeFault(`persistentvolumeclaim "${name}": volumeMode: Block: not supported on this node`);
  }
  const found = desired.volume(volumeName);
  if (!found) throw new VolumeFault(`persistentvolume "${volumeName}" not found`);
  if (found.spec?.claimRef?.uid !== claim.metadata.uid) {
    throw new VolumeFault(`persistentvolume "${volumeName}" is not bound to claim "${namespace}/${name}"`);
  }
  return found;
}

/** A container that asks for a device is not to run without it, nor one that asks for files. */
function refuseMisuse(volume: Volume, mode: string, { spec }: VolumeContext['pod']): void {
  const field = mode === 'Block' ? 'volumeMounts' : 'volumeDevices';
  const all = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  if (all.some((container) => container[field]?.some(({ name }) => name === volume.name)))
    throw new VolumeFault(`volume ${volume.name} has volumeMode ${mode}, but is specified in ${field}`);
}

async function placeOf(
  volume: Live<PersistentVolume>,
  folder: string,
  context: VolumeContext,
): Promise<VolumePlace> {
  const { hostPath, local, nfs, csi, mountOptions = [], ...others } = volume.spec ?? {};
  if (local) return localPlace(volume, local.path, context);
  if (hostPath) return { path: await prepareHostPath(hostPath.path, hostPath.type ?? ''), readOnly: false };
  if (nfs) return mountNfs(nfs, mountOptions, folder, context);
  if (csi) throw withoutDriver(csi.driver);
  const kind = Object.keys(others).find((field) => !common.includes(field)) ?? 'unknown';
  throw new VolumeFault(`persistentvolumes of type ${kind} are not supported on this node`);
}

/** What every volume has, whatever it is made of. */
const common = [
  ...['accessModes', 'capacity', 'claimRef', 'nodeAffinity', 'persistentVolumeReclaimPolicy'],
  ...['storageClassName', 'volumeMode'],
];

/** Folders of this node's own are made here, where they are wanted for the first time; all others have to be there. */
async function localPlace(
  volume: Live<PersistentVolume>,
  path: string,
  { nodeName, localVolumes }: VolumeContext,
): Promise<VolumePlace> {
  const isOurs = localVolumeNode(volume) === nodeName && dirname(path) === localVolumes;
  if (isOurs && !(await stat(path).catch(() => undefined))) {
    await mkdir(localVolumes, { recursive: true, mode: 0o711 });
    await mkdir(path, { mode: 0o777 });
  }
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    throw new VolumeFault(`path "${path}" does not exist`, {
      doing: 'MountVolume.NewMounter initialization',
    });
  }
  if (!found.isDirectory()) throw new VolumeFault(`path "${path}" is not a directory`);
  return { path, readOnly: false, ownership: true };
}
