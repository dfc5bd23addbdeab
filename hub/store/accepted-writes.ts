// Commits that have been accepted but are not on disk yet: nobody sees them, but the next commits are checked against
// them, as they will be by the time those are answered.

import type { Live } from '../../shared/machinery/index.ts';
import type { Change, Key } from './store.ts';

export interface AcceptedWrite {
  revision: number;
  /** Absent: deleted. */
  object: Live | undefined;
  /** Whether the file will have the key. */
  onDisk: boolean;
}

export class AcceptedWrites {
  private readonly writes = new Map<Key, AcceptedWrite>();

  get(key: Key): AcceptedWrite | undefined {
    return this.writes.get(key);
  }

  /** The newest revision of what is accepted under the prefix; 0: nothing is. */
  newest(prefix: Key): number {
    let newest = 0;
    for (const [key, { object, revision }] of this.writes)
      if (object && key.startsWith(prefix)) newest = Math.max(newest, revision);
    return newest;
  }

  add({ key, revision, object }: Change, onDisk: boolean): void {
    this.writes.set(key, { revision, object, onDisk });
  }

  /** The change is visible now. */
  remove({ key, revision }: Change): void {
    if (this.writes.get(key)?.revision === revision) this.writes.delete(key);
  }
}
