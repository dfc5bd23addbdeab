// Which keys the datafile holds, and how many of its bytes are theirs: the rest is what a compaction would win.

import type { Key } from '../store.ts';

export class LineSizes {
  private readonly sizes = new Map<Key, number>();
  private sum = 0;

  /** Bytes of all current lines. */
  get total(): number {
    return this.sum;
  }

  keys(): Key[] {
    return [...this.sizes.keys()];
  }

  has(key: Key): boolean {
    return this.sizes.has(key);
  }

  set(key: Key, bytes: number): void {
    this.sum += bytes - (this.sizes.get(key) ?? 0);
    this.sizes.set(key, bytes);
  }

  delete(key: Key): void {
    this.sum -= this.sizes.get(key) ?? 0;
    this.sizes.delete(key);
  }
}
