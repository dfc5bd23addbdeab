// configMap, secret, downwardAPI and projected: files that follow what they show, all at once.

import { chmod, chown } from 'node:fs/promises';
import { writeAtomically } from './atomic-folder.ts';
import { own, volumeGroup } from './ownership.ts';
import { projectedFiles } from './projected-files.ts';
import type { VolumeType } from './volume-type.ts';

export const projected: VolumeType = {
  fields: ['configMap', 'secret', 'downwardAPI', 'projected'],
  follows: true,
  async make(volume, folder, context) {
    const files = projectedFiles(volume, context);
    const fsGroup = volumeGroup(context.pod);
    await writeAtomically(folder, files, context.now, async (fresh) => {
      if (fsGroup === undefined) return;
      await own({ path: fresh, readOnly: true }, { fsGroup, policy: 'Always' });
      await chown(folder, -1, fsGroup);
      await chmod(folder, 0o2777);
    });
    return { path: folder, readOnly: true };
  },
};
