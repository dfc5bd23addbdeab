// Writes to one key go in the order in which they were asked for; those to different keys do not wait for each other.
// A guard's prefix counts as a key.

import { deferred } from '../../../shared/base/index.ts';
import type { Key } from '../store.ts';

export class KeyTurns {
  private readonly last = new Map<Key, Promise<void>>();

  /** Works when all that asked for one of these keys before are done. */
  async run<T>(keys: readonly Key[], work: () => Promise<T>): Promise<T> {
    const before = keys.flatMap((key) => this.last.get(key) ?? []);
    const { promise: done, resolve } = deferred<void>();
    for (const key of keys) this.last.set(key, done);
    try {
      await Promise.all(before);
      return await work();
    } finally {
      resolve();
      for (const key of keys) if (this.last.get(key) === done) this.last.delete(key);
    }
  }
}
