// How much a pod with limits has written (emptyDirs, its containers' own files, logs): looked at now and then, and never for
// more than a small share of the time.

import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../../shared/api/index.ts';
import type { Clock } from '../../../shared/base/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { limitsStorage, measuredVolumes, storageFault } from './plan-storage.ts';
import type { Volume } from './volume-type.ts';

/** As often as upstream's eviction looks. */
const shortestPauseMs = 10_000;
/** A look that took a second is repeated after a hundred. */
const restFactor = 100;
/** Entries of a folder that are looked at before others have their turn. */
const batch = 256;

/** Where what is measured lies. */
export interface MeasuredFolders {
  ofVolume(volume: Volume): string;
  /** By the container's name: its own files, and its logs. */
  ofContainers(): Promise<ReadonlyMap<string, readonly string[]>>;
}

export class StorageUsage {
  private readonly clock: Clock;
  private dueAt = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Milliseconds until the next look is due; undefined: nothing of the pod has a limit. */
  untilNext(pod: Live<Pod>): number | undefined {
    if (measuredVolumes(pod).length === 0 && !limitsStorage(pod)) return undefined;
    return Math.max(0, this.dueAt - this.clock.monotonic());
  }

  /** What a pod is evicted for, in upstream's words; undefined: it is within its limits. */
  async look(pod: Live<Pod>, folders: MeasuredFolders): Promise<string | undefined> {
    const begun = this.clock.monotonic();
    const volumes = new Map<string, number>();
    for (const volume of measuredVolumes(pod))
      volumes.set(volume.name, await bytesIn(volume, folders.ofVolume(volume)));
    const containers = new Map<string, number>();
    for (const [name, all] of limitsStorage(pod) ? await folders.ofContainers() : []) {
      let bytes = 0;
      for (const folder of all) bytes += (await diskUseOf(folder)).bytes;
      containers.set(name, bytes);
    }
    const took = this.clock.monotonic() - begun;
    this.dueAt = this.clock.monotonic() + Math.max(shortestPauseMs, took * restFactor);
    return storageFault(pod, { volumes, containers });
  }
}

async function bytesIn({ emptyDir }: Volume, folder: string): Promise<number> {
  if (emptyDir?.medium === 'Memory') {
    const { blocks, bfree, bsize } = await statfs(folder);
    return (blocks - bfree) * bsize;
  }
  return (await diskUseOf(folder)).bytes;
}

/** Bytes, and files with folders. */
export interface DiskUse {
  bytes: number;
  inodes: number;
}

/**
 * What files take on the folder's disk, each once, however many names it has. What goes meanwhile takes nothing, nor does
 * what is mounted below.
 */
export async function diskUseOf(folder: string): Promise<DiskUse> {
  const use = { bytes: 0, inodes: 0 };
  const top = await lstat(folder).catch(() => undefined);
  if (top) await addUse(use, top.dev, folder, new Set());
  return use;
}

async function addUse(use: DiskUse, device: number, folder: string, seen: Set<string>): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (let from = 0; from < names.length; from += batch) {
    for (const name of names.slice(from, from + batch)) {
      const path = join(folder, name);
      const found = await lstat(path).catch(() => undefined);
      if (found?.dev !== device) continue;
      if (found.nlink > 1 && !found.isDirectory()) {
        const file = `${found.dev}:${found.ino}`;
        if (seen.has(file)) continue;
        seen.add(file);
      }
      use.bytes += found.blocks * 512;
      use.inodes += 1;
      if (found.isDirectory()) await addUse(use, device, path, seen);
    }
  }
}
