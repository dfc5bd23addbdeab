// One process at a time in a data directory. Each process puts down a file that names it, then looks for others:
// of two that come at once at least one sees the other. A file of a process that is gone (killed, power cut) counts
// for nothing and is removed. Processes that cannot see each other (own pid namespaces) are not kept apart.

import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../shared/base/index.ts';
import { unlinkIfThere } from './datafile/datafile.ts';
import { unusable } from './datafile/disk-error.ts';
import { StoreError } from './store.ts';

export interface DirectoryLock {
  release(): Promise<void>;
}

/** A process as no other will ever be: its id comes again, also after a reboot, but not with the same start and boot. */
interface Owner {
  pid: number;
  /** Clock ticks after the boot; '0' where the system does not say. */
  started: string;
  boot: string;
}

const lockName = /^store\.lock\.(\d+)\.(\d+)\.([0-9a-f]+)$/;

/** Rejects with 'unusable', naming the process that has the directory. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const self = await ownerOf(process.pid);
  const own = `store.lock.${self.pid}.${self.started}.${self.boot}`;
  const path = join(directory, own);
  await create(path, directory);
  try {
    await checkOthers(directory, own, self.boot);
  } catch (error) {
    await unlinkIfThere(path);
    throw unusable('lock', directory, error);
  }
  return { release: () => release(path) };
}

/** On a disk that refuses, it stays: it counts for nothing once this process is gone. */
async function release(path: string): Promise<void> {
  try {
    await unlinkIfThere(path);
  } catch (error) {
    if (!['EROFS', 'EIO'].includes(errorCode(error))) throw error;
  }
}

async function create(path: string, directory: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    throw errorCode(error) === 'EEXIST'
      ? taken(directory, process.pid)
      : unusable('write to', directory, error);
  }
}

async function checkOthers(directory: string, own: string, boot: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const [, pid, started, itsBoot] = lockName.exec(name) ?? [];
    if (name === own || pid === undefined || started === undefined || itsBoot === undefined) continue;
    const alive = itsBoot === boot && (await isAlive(Number(pid), started));
    if (alive) throw taken(directory, Number(pid));
    await unlinkIfThere(join(directory, name));
  }
}

function taken(directory: string, pid: number): StoreError {
  return new StoreError(
    'unusable',
    `${directory} is in use by process ${pid}: stop that one first, or give this one a directory of its own`,
  );
}

async function isAlive(pid: number, started: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false;
  }
  return (await startOf(pid)) === started;
}

async function ownerOf(pid: number): Promise<Owner> {
  const boot = await readIfThere('/proc/sys/kernel/random/boot_id');
  return { pid, started: (await startOf(pid)) ?? '0', boot: boot?.replace(/[^0-9a-f]/g, '') || '0' };
}

/** When the process started; undefined: it has ended (also when nobody has asked for its exit status yet). */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return (await readIfThere('/proc/self/stat')) === undefined ? '0' : undefined;
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : fields[18];
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw error;
  }
}
