// fsGroup: the group of the pod owns what is in a volume and may write to it (pkg/volume/volume_linux.go).

import { chmod, lchown, lstat, readdir, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Pod } from '../../../shared/api/index.ts';
import { VolumeFault, type VolumePlace } from './volume-type.ts';

export interface Ownership {
  fsGroup: number;
  /** OnRootMismatch: a volume whose own folder is right already is left as it is. */
  policy: 'Always' | 'OnRootMismatch';
}

/** The group that the pod's volumes are to be of. A pod with users of its own knows no group of the board. */
export function volumeGroup({ spec }: Pod): number | undefined {
  return spec?.hostUsers === false ? undefined : spec?.securityContext?.fsGroup;
}

const setgid = 0o2000;
const executable = 0o110;

/** Throws VolumeFault where the agent may not. */
export async function own({ path, readOnly }: VolumePlace, { fsGroup, policy }: Ownership): Promise<void> {
  const bits = readOnly ? 0o440 : 0o660;
  if (policy === 'OnRootMismatch' && (await isRight(path, fsGroup, bits))) return;
  const { uid, gid } = userInfo();
  if (uid !== 0 && gid !== fsGroup) {
    throw new VolumeFault(`securityContext.fsGroup: ${fsGroup}: needs an agent that runs as root`);
  }
  await ownBelow(path, fsGroup, bits);
}

async function isRight(path: string, group: number, bits: number): Promise<boolean> {
  const { gid, mode } = await stat(path);
  const wanted = bits | setgid | executable;
  return gid === group && (mode & wanted) === wanted;
}

/** The folder itself comes last: OnRootMismatch then also tells of a change that was broken off. */
async function ownBelow(path: string, group: number, bits: number): Promise<void> {
  const found = await lstat(path);
  if (found.isDirectory()) {
    for (const name of await readdir(path)) await ownBelow(join(path, name), group, bits);
  }
  await lchown(path, found.uid, group);
  if (found.isSymbolicLink()) return;
  const more = found.isDirectory() ? bits | setgid | executable : bits;
  await chmod(path, (found.mode & 0o7777) | more);
}
