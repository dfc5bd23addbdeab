// Keeps images from filling the disk: a part of it stays free, whatever an archive unpacks to.

import { statfs } from 'node:fs/promises';
import { FinalFailure } from './final-failure.ts';

/** The board needs this to live. */
const keptFree = { part: 0.05, most: 1024 ** 3 };
const lookEvery = 32 * 1024 * 1024;

export class DiskRoom {
  private readonly path: string;
  private sinceLook = lookEvery;

  constructor(path: string) {
    this.path = path;
  }

  /** Throws when `bytes` more would leave too little. */
  async check(bytes: number): Promise<void> {
    const { bavail, blocks, bsize } = await statfs(this.path);
    const free = bavail * bsize;
    const kept = Math.min(blocks * bsize * keptFree.part, keptFree.most);
    if (free - bytes >= kept) return;
    const mib = (count: number) => `${Math.floor(count / 1024 ** 2)} MiB`;
    throw new FinalFailure(
      `no space left on device: ${mib(free)} are free on the disk of ${this.path}, of which ${mib(kept)} stay free`,
    );
  }

  /** Counts what is written; looks at the disk now and then. */
  async take(bytes: number): Promise<void> {
    this.sinceLook += bytes;
    if (this.sinceLook < lookEvery) return;
    this.sinceLook = 0;
    await this.check(0);
  }
}
