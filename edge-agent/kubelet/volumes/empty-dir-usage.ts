// emptyDirs that have a limit: how full they are, looked at now and then, and never for more than a small share of the time.

import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../../shared/api/index.ts';
import type { Clock } from '../../../shared/base/index.ts';
import { type Live, Quantity } from '../../../shared/machinery/index.ts';
import type { Volume } from './volume-type.ts';

/** As often as upstream's eviction looks. */
const shortestPauseMs = 10_000;
/** A look that took a second is repeated after a hundred. */
const restFactor = 100;
/** Entries of a folder that are looked at before others have their turn. */
const batch = 256;

export class EmptyDirUsage {
  private readonly clock: Clock;
  private dueAt = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Milliseconds until the next look is due; undefined: none of the pod's volumes has a limit. */
  untilNext(pod: Live<Pod>): number | undefined {
    return limited(pod).length === 0 ? undefined : Math.max(0, this.dueAt - this.clock.monotonic());
  }

  /** What a pod is evicted for, in upstream's words; undefined: every volume is within its limit. */
  async look(pod: Live<Pod>, folderOf: (volume: Volume) => string): Promise<string | undefined> {
    const begun = this.clock.monotonic();
    let found: string | undefined;
    for (const volume of limited(pod)) {
      const limit = Quantity.parse(volume.emptyDir?.sizeLimit ?? '0');
      const used = await bytesIn(volume, folderOf(volume));
      if (used <= limit.value()) continue;
      found ??= `Usage of EmptyDir volume "${volume.name}" exceeds the limit "${limit}". `;
    }
    const took = this.clock.monotonic() - begun;
    this.dueAt = this.clock.monotonic() + Math.max(shortestPauseMs, took * restFactor);
    return found;
  }
}

function limited({ spec }: Live<Pod>): Volume[] {
  return (spec?.volumes ?? []).filter(
    ({ emptyDir }) => emptyDir?.sizeLimit !== undefined && Quantity.parse(emptyDir.sizeLimit).sign > 0,
  );
}

async function bytesIn({ emptyDir }: Volume, folder: string): Promise<number> {
  if (emptyDir?.medium === 'Memory') {
    const { blocks, bfree, bsize } = await statfs(folder);
    return (blocks - bfree) * bsize;
  }
  return diskBytesIn(folder);
}

/**
 * What files take on the folder's disk, each once, however many names it has. What goes meanwhile takes nothing, nor does
 * what is mounted below.
 */
export async function diskBytesIn(folder: string): Promise<number> {
  const top = await lstat(folder).catch(() => undefined);
  return top ? bytesOn(top.dev, folder, new Set()) : 0;
}

async function bytesOn(device: number, folder: string, seen: Set<string>): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  let bytes = 0;
  for (let from = 0; from < names.length; from += batch) {
    for (const name of names.slice(from, from + batch)) {
      const path = join(folder, name);
      const found = await lstat(path).catch(() => undefined);
      if (found?.dev !== device) continue;
      if (found.isDirectory()) bytes += found.blocks * 512 + (await bytesOn(device, path, seen));
      else if (found.nlink === 1) bytes += found.blocks * 512;
      else if (!seen.has(`${found.dev}:${found.ino}`)) {
        seen.add(`${found.dev}:${found.ino}`);
        bytes += found.blocks * 512;
      }
    }
  }
  return bytes;
}
