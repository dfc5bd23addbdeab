// How much is left on this board: two reads of /proc and a statfs for each file system.

import { readFile, statfs } from 'node:fs/promises';
import type { Amount, Signals } from './thresholds.ts';

export interface SignalSources {
  /** A path on the file system of the pods' folders. */
  directory: string;
  /** One on that of images, where there is one. */
  imageFolder: string | undefined;
}

export async function readSignals({ directory, imageFolder }: SignalSources): Promise<Signals> {
  const [meminfo, loadavg, pidMax, nodefs, imagefs] = await Promise.all([
    textOf('/proc/meminfo'),
    textOf('/proc/loadavg'),
    textOf('/proc/sys/kernel/pid_max'),
    statfs(directory),
    imageFolder === undefined ? undefined : statfs(imageFolder).catch(() => undefined),
  ]);
  return {
    ...memoryOf(meminfo),
    'nodefs.available': bytesOf(nodefs),
    ...inodesOf('nodefs.inodesFree', nodefs),
    ...(imagefs && { 'imagefs.available': bytesOf(imagefs), ...inodesOf('imagefs.inodesFree', imagefs) }),
    ...processesOf(loadavg, pidMax),
  };
}

function bytesOf({ bavail, blocks, bsize }: { bavail: number; blocks: number; bsize: number }): Amount {
  return { available: bavail * bsize, capacity: blocks * bsize };
}

/** btrfs has no number of inodes. */
function inodesOf(
  signal: 'nodefs.inodesFree' | 'imagefs.inodesFree',
  { ffree, files }: { ffree: number; files: number },
): Signals {
  return files > 0 ? { [signal]: { available: ffree, capacity: files } } : {};
}

export function memoryOf(meminfo: string): Signals {
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1]) * 1024;
  const amount = { available: bytes('MemAvailable'), capacity: bytes('MemTotal') };
  return Number.isNaN(amount.available) ? {} : { 'memory.available': amount };
}

/** loadavg: `0.20 0.18 0.12 1/80 11206`: running/all scheduling entities. */
export function processesOf(loadavg: string, pidMax: string): Signals {
  const used = Number(/ \d+\/(\d+) /.exec(loadavg)?.[1]);
  const capacity = Number(pidMax);
  if (Number.isNaN(used) || !capacity) return {};
  return { 'pid.available': { available: capacity - used, capacity } };
}

function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
