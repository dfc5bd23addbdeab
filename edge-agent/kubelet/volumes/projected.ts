// configMap, secret, downwardAPI and projected: files that follow what they show, all at once. All but a configMap lie in
// memory, as upstream, so that no secret and no token comes onto the disk; on the disk where the agent may not mount.

import { chmod, chown, readdir, stat } from 'node:fs/promises';
import { writeAtomically } from './atomic-folder.ts';
import { mountMemory } from './memory.ts';
import { own, volumeGroup } from './ownership.ts';
import { projectedFiles } from './projected-files.ts';
import type { VolumeType } from './volume-type.ts';

/** Fields of a volume, and the folders that PodVolumes keeps theirs in. */
export const inMemory = ['secret', 'downwardAPI', 'projected'] as const;

export const projected: VolumeType = {
  fields: ['configMap', ...inMemory],
  follows: true,
  async make(volume, folder, context) {
    const files = projectedFiles(volume, context);
    const fsGroup = volumeGroup(context.pod);
    const wanted = context.mounts.allowed && inMemory.some((field) => volume[field]);
    if (wanted && (await isEmpty(folder))) await mountMemory(volume, folder, context);
    await writeAtomically(folder, files, context.now, async (fresh) => {
      if (fsGroup === undefined) return;
      await own({ path: fresh, readOnly: true }, { fsGroup, policy: 'Always' });
      await chown(folder, -1, fsGroup);
      await chmod(folder, (await stat(folder)).mode | 0o2777);
    });
    return { path: folder, readOnly: true };
  },
};

/** What an agent that could not mount has put onto the disk stays there: it is what the pod's containers see. */
async function isEmpty(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length === 0;
}
