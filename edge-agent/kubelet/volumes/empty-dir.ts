// emptyDir: a folder of the pod's own, on the disk or in memory.

import { chmod, mkdir, stat } from 'node:fs/promises';
import { mountMemory } from './memory.ts';
import { VolumeFault, type VolumeType } from './volume-type.ts';

export const emptyDir: VolumeType = {
  fields: ['emptyDir'],
  async make(volume, folder, context) {
    const { medium = '' } = volume.emptyDir ?? {};
    if (medium !== '' && medium !== 'Memory')
      throw new VolumeFault(`emptyDir.medium: ${medium}: not supported on this node`);
    if (medium === 'Memory') {
      if (!context.mounts.allowed) throw new VolumeFault(needsRoot);
      await mountMemory(volume, folder, context);
    }
    await openToAll(folder);
    return { path: folder, readOnly: false, ownership: true };
  },
};

const needsRoot =
  'emptyDir.medium: Memory needs an agent that runs as root: run the agent as root, or leave emptyDir.medium out';

/** Every user of the pod may write to it. What somebody has changed since stays. */
async function openToAll(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  const { mode } = await stat(folder);
  if (made !== undefined || (mode & 0o777) === 0o750) await chmod(folder, 0o777);
}
