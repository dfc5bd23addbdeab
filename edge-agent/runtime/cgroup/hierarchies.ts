// Where this board keeps its control groups: version 1 (a tree for each controller), version 2 (one tree), or both.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What we limit and measure by; `cpuacct` counts CPU time (a controller of its own in version 1). */
export type Controller = 'cpu' | 'cpuacct' | 'memory' | 'pids';

export const controllers: readonly Controller[] = ['cpu', 'cpuacct', 'memory', 'pids'];

/** A file that is only there when the controller can limit. */
export const limitFile: Record<Controller, Record<1 | 2, string>> = {
  cpu: { 1: 'cpu.cfs_quota_us', 2: 'cpu.max' },
  cpuacct: { 1: 'cpuacct.usage', 2: 'cpu.stat' },
  memory: { 1: 'memory.limit_in_bytes', 2: 'memory.max' },
  pids: { 1: 'pids.max', 2: 'pids.max' },
};

export interface Hierarchy {
  version: 1 | 2;
  mountPoint: string;
  /** The group that is mounted there: `/`, unless somebody gave us only a part of the tree. */
  root: string;
  controllers: readonly string[];
}

/** A group's folder in one hierarchy. */
export interface GroupFolder {
  version: 1 | 2;
  path: string;
}

/** From /proc/self/mountinfo; `available` answers the controllers of a version 2 tree by its mount point. */
export function parseHierarchies(
  mountinfo: string,
  available: (mountPoint: string) => readonly string[],
): Hierarchy[] {
  return mountinfo.split('\n').flatMap((line): Hierarchy[] => {
    const [place = '', filesystem = ''] = line.split(' - ');
    const [, , , root = '', mountPoint = ''] = place.split(' ');
    const [type, , options = ''] = filesystem.split(' ');
    if (type === 'cgroup') return [{ version: 1, mountPoint, root, controllers: options.split(',') }];
    if (type !== 'cgroup2') return [];
    // Every version 2 group counts CPU time, whatever is switched on.
    return [{ version: 2, mountPoint, root, controllers: [...available(mountPoint), 'cpuacct'] }];
  });
}

export function boardHierarchies(): Hierarchy[] {
  return parseHierarchies(readFileSync('/proc/self/mountinfo', 'utf8'), (mountPoint) =>
    readFileSync(join(mountPoint, 'cgroup.controllers'), 'utf8').trim().split(' ').filter(Boolean),
  );
}

/** The tree to use a controller in: version 1 first, as there a controller is in no other. */
export function hierarchyOf(
  controller: Controller,
  hierarchies: readonly Hierarchy[],
): Hierarchy | undefined {
  const having = hierarchies.filter((one) => one.controllers.includes(controller));
  return having.find(({ version }) => version === 1) ?? having[0];
}

/** The folders of the group that a process is in, by its /proc/PID/cgroup. */
export function parseMembership(
  text: string,
  hierarchies: readonly Hierarchy[],
): Map<Controller, GroupFolder> {
  const lines = text.split('\n').map((line) => {
    const [id, names = '', ...path] = line.split(':');
    return { version: id === '0' ? 2 : 1, names: names.split(','), path: path.join(':') };
  });
  const folders = new Map<Controller, GroupFolder>();
  for (const controller of controllers) {
    const hierarchy = hierarchyOf(controller, hierarchies);
    const line = lines.find(({ version, names }) =>
      hierarchy?.version === 2 ? version === 2 : version === 1 && names.includes(controller),
    );
    if (!hierarchy || !line) continue;
    const { version, root, mountPoint } = hierarchy;
    const below = root !== '/' && line.path.startsWith(root) ? line.path.slice(root.length) : line.path;
    folders.set(controller, { version, path: join(mountPoint, below) });
  }
  return folders;
}
