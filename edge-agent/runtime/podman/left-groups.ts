// What podman leaves of a pod's control group: it removes it where it limits, and forgets the other trees that a board may have
// (systemd's own of version 1, that of version 2 beside version 1).

import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../../shared/base/index.ts';
import { boardHierarchies } from '../cgroup/index.ts';

/** Of pods whose control groups podman makes itself; systemd removes what it made. */
const parentName = 'libpod_parent';
/** The last process of a pod may still be on its way out. */
const triesMs = [0, 20, 50, 100, 200, 500, 1000];

export async function removeLeftGroups(podId: string, clock: Clock): Promise<void> {
  const all = boardHierarchies().map(({ mountPoint }) => join(mountPoint, parentName, podId));
  for (const ms of triesMs) {
    if (ms > 0) await clock.sleep(ms);
    if (all.every(isRemoved)) return;
  }
}

/** With the groups right inside of it. Answers false while something is in it. */
function isRemoved(path: string): boolean {
  if (!existsSync(path)) return true;
  try {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) rmdirSync(join(path, entry.name));
    rmdirSync(path);
    return true;
  } catch {
    return false; // somebody else's to remove, or not yet empty
  }
}
