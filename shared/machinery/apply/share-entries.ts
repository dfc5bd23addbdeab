// Objects that are read from a file have their managed fields each for themselves; most are the same.

import { deepFreeze } from '../deep-freeze.ts';
import type { KubeObject } from '../object.ts';

const defaultLimit = 4096;

/** Makes equal managed fields of many objects one frozen value. Bounded: beyond so many forms nothing more is shared. */
export class EntrySharing {
  private readonly limit: number;
  private readonly known = new Map<string, object>();

  constructor({ limit = defaultLimit }: { limit?: number } = {}) {
    this.limit = limit;
  }

  /** Changes the object's entries in place: it must not be frozen yet. */
  share({ metadata }: KubeObject): void {
    for (const entry of metadata?.managedFields ?? []) {
      if (!entry.fieldsV1) continue;
      const text = JSON.stringify(entry.fieldsV1);
      const same = this.known.get(text);
      if (same) entry.fieldsV1 = same;
      else if (this.known.size < this.limit) this.known.set(text, deepFreeze(entry.fieldsV1));
    }
  }
}
