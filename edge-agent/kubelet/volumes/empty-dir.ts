// emptyDir: a folder of the pod's own, on the disk or in memory.

import { chmod, mkdir, stat } from 'node:fs/promises';
import { Quantity } from '../../../shared/machinery/index.ts';
import { requestOf } from '../admit-pod.ts';
import { type Volume, type VolumeContext, VolumeFault, type VolumeType } from './volume-type.ts';

export const emptyDir: VolumeType = {
  fields: ['emptyDir'],
  async make(volume, folder, context) {
    const { medium = '' } = volume.emptyDir ?? {};
    if (medium === 'Memory') await mountMemory(volume, folder, context);
    else if (medium !== '') throw new VolumeFault(`emptyDir.medium: ${medium}: not supported on this node`);
    await openToAll(folder);
    return { path: folder, readOnly: false, ownership: true };
  },
};

/** Every user of the pod may write to it. What somebody has changed since stays. */
async function openToAll(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  const { mode } = await stat(folder);
  if (made !== undefined || (mode & 0o777) === 0o750) await chmod(folder, 0o777);
}

async function mountMemory(volume: Volume, folder: string, context: VolumeContext): Promise<void> {
  const { mounts } = context;
  if (await mounts.isMounted(folder)) return;
  if (!mounts.allowed) {
    const remedy = 'run the agent as root, or leave emptyDir.medium out';
    throw new VolumeFault(`emptyDir.medium: Memory needs an agent that runs as root: ${remedy}`);
  }
  await mounts.makePoint(folder);
  const options = [`size=${memoryFor(volume, context)}`, 'mode=0777', 'nosuid', 'nodev'];
  await mounts.mount({ type: 'tmpfs', source: 'tmpfs', target: folder, options });
}

/** Bytes: the least of its limit, what the pod's containers may use together, and what the board has (KEP-1967). */
export function memoryFor({ emptyDir: source }: Volume, { pod, allocatable }: VolumeContext): number {
  const { containers = [] } = pod.spec ?? {};
  const limited = containers.every(({ resources }) => resources?.limits?.memory !== undefined);
  const limits = containers.map((container) => ({
    ...container,
    resources: { requests: container.resources?.limits ?? {} },
  }));
  const ofPod = limited ? requestOf({ spec: { ...pod.spec, containers: limits } }, 'memory') : 0;
  const own = source?.sizeLimit === undefined ? 0 : Quantity.parse(source.sizeLimit).value();
  const bounds = [own, ofPod, allocatable.memoryBytes].filter((bytes) => bytes > 0 && Number.isFinite(bytes));
  return bounds.length > 0 ? Math.min(...bounds) : 0;
}
