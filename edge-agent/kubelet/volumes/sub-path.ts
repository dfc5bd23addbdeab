// subPath: a part of a volume. Whoever can write to the volume may put links into it: none of them leads out of it. What
// is mounted is what was looked at: each step is opened from the one before, and the last one is mounted as it is open.

import {
  chmod,
  constants,
  type FileHandle,
  mkdir,
  open,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Mounts } from './mounts.ts';
import { VolumeFault } from './volume-type.ts';

export interface SubPathRequest {
  /** The volume's folder on the board. */
  volume: string;
  subPath: string;
  /** Where the part is mounted for its container, if the agent may mount. */
  target: string;
}

/** Answers a path of the board for the container to see. Makes a folder where there is nothing. Throws VolumeFault. */
export async function prepareSubPath(request: SubPathRequest, mounts: Mounts): Promise<string> {
  const { volume, subPath, target } = request;
  const steps = posix
    .normalize(subPath)
    .split('/')
    .filter((step) => step !== '' && step !== '.');
  if (posix.isAbsolute(subPath) || steps.includes('..')) throw leaves(subPath);
  const root = await realpath(volume);
  const whole = await settle(root, steps, subPath).catch((error: unknown) => {
    throw notMade(subPath, error);
  });
  const handle = await openBelow(root, posix.relative(root, whole).split('/').filter(Boolean), subPath);
  try {
    if (!mounts.allowed) return whole;
    const source = `/proc/${process.pid}/fd/${handle.fd}`;
    const isFolder = (await handle.stat()).isDirectory();
    await clear(target, mounts);
    await mkdir(isFolder ? target : join(target, '..'), { recursive: true, mode: 0o750 });
    if (!isFolder) await writeFile(target, '', { mode: 0o640 });
    await mounts.mount({ type: 'bind', source, target });
    return target;
  } finally {
    await handle.close();
  }
}

function leaves(subPath: string): VolumeFault {
  return new VolumeFault(`subPath: ${subPath}: must stay within the volume`);
}

/** What an earlier container had there: it keeps its own view of it. */
async function clear(target: string, mounts: Mounts): Promise<void> {
  while (await mounts.isMounted(target)) await mounts.unmount(target);
  await rm(target, { recursive: true, force: true });
}

/** The path with its links followed, made where it is missing; each of its links leads to somewhere in the volume. */
async function settle(root: string, steps: readonly string[], subPath: string): Promise<string> {
  const mode = (await stat(root)).mode & 0o7777;
  let path = root;
  for (const step of steps) {
    const next = join(path, step);
    if (!(await exists(next))) {
      await mkdir(next);
      await chmod(next, mode);
    }
    path = await realpath(next);
    if (path !== root && !path.startsWith(`${root}/`)) throw leaves(subPath);
  }
  return path;
}

/** Without the path: where on the board it is, is not the pod's to know. */
function notMade(subPath: string, error: unknown): unknown {
  const why = reasons[codeOf(error)];
  return why === undefined ? error : new VolumeFault(`subPath: ${subPath}: ${why}`);
}

const reasons: Record<string, string> = {
  EEXIST: 'a link in it leads to what is not there',
  ENOTDIR: 'a part of it is a file',
  ELOOP: 'links in it lead to each other',
  EROFS: 'is not there, and cannot be made: the volume is read-only',
  ENOSPC: 'is not there, and cannot be made: the volume is full',
};

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '');

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Opens step by step, following no link: what has become one since it was looked at is refused. */
async function openBelow(root: string, steps: readonly string[], subPath: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let handle = await open(root, O_RDONLY);
  for (const step of steps) {
    const parent = handle;
    try {
      handle = await open(`/proc/self/fd/${parent.fd}/${step}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch (error) {
      if (codeOf(error) === 'ELOOP') throw leaves(subPath);
      throw error;
    } finally {
      await parent.close();
    }
  }
  return handle;
}
