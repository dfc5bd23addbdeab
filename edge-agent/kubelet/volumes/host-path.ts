// hostPath volumes: the type is checked, or the path made, before anything is mounted.

import type { Stats } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VolumeFault, type VolumeType } from './volume-type.ts';

export const hostPath: VolumeType = {
  fields: ['hostPath'],
  async make({ hostPath: source }) {
    const { path = '', type = '' } = source ?? {};
    return { path: await prepareHostPath(path, type), readOnly: false };
  },
};

const checks: Record<string, { holds(found: Stats): boolean; noun: string }> = {
  Directory: { holds: (found) => found.isDirectory(), noun: 'a directory' },
  DirectoryOrCreate: { holds: (found) => found.isDirectory(), noun: 'a directory' },
  File: { holds: (found) => found.isFile(), noun: 'a file' },
  FileOrCreate: { holds: (found) => found.isFile(), noun: 'a file' },
  Socket: { holds: (found) => found.isSocket(), noun: 'a socket file' },
  CharDevice: { holds: (found) => found.isCharacterDevice(), noun: 'a character device' },
  BlockDevice: { holds: (found) => found.isBlockDevice(), noun: 'a block device' },
};

/** Answers the path itself. Throws VolumeFault in kubelet's words. */
export async function prepareHostPath(path: string, type: string): Promise<string> {
  const check = checks[type];
  if (!check && type !== '') throw new VolumeFault(`${type} is an invalid volume type`);
  const found = await stat(path).catch(() => undefined);
  if (!found && type === 'FileOrCreate') {
    await writeFile(path, '', { flag: 'a', mode: 0o644 }).catch(refuse(path));
    return path;
  }
  // Without a type nothing is checked; a container runtime makes a missing path as a folder.
  if (!found && (type === 'DirectoryOrCreate' || type === '')) {
    await mkdir(path, { recursive: true, mode: 0o755 }).catch(refuse(path));
    return path;
  }
  if (!check) return path;
  if (!found || !check.holds(found))
    throw new VolumeFault(`hostPath type check failed: ${path} is not ${check.noun}`);
  return path;
}

function refuse(path: string) {
  return (error: Error): never => {
    throw new VolumeFault(`cannot make ${path} in ${dirname(path)}: ${error.message}`);
  };
}
