// How much of the board is in use right now. A few reads of /proc and one statfs: cheap enough for every minute.

import { readFile, statfs } from 'node:fs/promises';
import type { BoardUsage } from './node-conditions.ts';

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** `directory`: where the pods' folders are. */
export async function boardUsage(directory: string): Promise<BoardUsage> {
  const [meminfo, loadavg, pidMax, storage] = await Promise.all([
    textOf('/proc/meminfo'),
    textOf('/proc/loadavg'),
    textOf('/proc/sys/kernel/pid_max'),
    statfs(directory),
  ]);
  const available =
    Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? Number.POSITIVE_INFINITY) * 1024;
  // loadavg: `0.20 0.18 0.12 1/80 11206`: running/all scheduling entities.
  const processes = Number(/ \d+\/(\d+) /.exec(loadavg)?.[1] ?? 0);
  return {
    memoryAvailableBytes: available,
    storageAvailableBytes: storage.bavail * storage.bsize,
    storageBytes: storage.blocks * storage.bsize,
    processes,
    mostProcesses: Number(pidMax) || Number.POSITIVE_INFINITY,
  };
}
