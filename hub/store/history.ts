// The newest changes, for watches and lists at a revision. Bounded by number and by age; whole commits go at once.

import type { Clock } from '../../shared/base/index.ts';
import { type Change, StoreError } from './store.ts';

export interface Batch {
  revision: number;
  changes: readonly Change[];
}

interface Entry extends Batch {
  /** Clock.monotonic() of the commit. */
  at: number;
}

export interface HistoryOptions {
  clock: Clock;
  /** At most so many changes (default 10 000). */
  historyLimit?: number;
  /** No change older than this, milliseconds (default 1 h). */
  historyAge?: number;
}

export class History {
  private readonly clock: Clock;
  private readonly limit: number;
  private readonly age: number;
  private entries: Entry[] = [];
  /** Entries before this position are gone; cut off now and then, so that dropping one costs nothing. */
  private head = 0;
  private changeCount = 0;
  private floor: number;

  /** `floor`: the revision at which this history begins. */
  constructor({ clock, historyLimit = 10_000, historyAge = 3_600_000 }: HistoryOptions, floor: number) {
    this.clock = clock;
    this.limit = historyLimit;
    this.age = historyAge;
    this.floor = floor;
  }

  push({ revision, changes }: Batch): void {
    this.entries.push({ revision, changes, at: this.clock.monotonic() });
    this.changeCount += changes.length;
    this.expire();
  }

  /** Forgets everything up to that revision. */
  beginAt(revision: number): void {
    this.entries = [];
    this.head = 0;
    this.changeCount = 0;
    this.floor = revision;
  }

  /** The commits with a revision greater than `revision`, oldest first. Throws 'compacted' when some are gone. */
  since(revision: number): readonly Batch[] {
    this.expire();
    if (revision < this.floor) {
      throw new StoreError(
        'compacted',
        `revision ${revision} has been compacted: history begins at ${this.floor}`,
      );
    }
    return this.entries.slice(this.firstSince(revision));
  }

  private firstSince(revision: number): number {
    let low = this.head;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private expire(): void {
    const oldest = this.clock.monotonic() - this.age;
    for (;;) {
      const entry = this.entries[this.head];
      if (!entry || (this.changeCount <= this.limit && entry.at >= oldest)) break;
      this.head += 1;
      this.changeCount -= entry.changes.length;
      this.floor = entry.revision;
    }
    if (this.head > 64 && this.head * 2 > this.entries.length) {
      this.entries = this.entries.slice(this.head);
      this.head = 0;
    }
  }
}
