// Commits in the order in which they came: all that arrive while one append is under way go into the next one, and
// each is settled only when its append is on disk. A commit with nothing for the disk waits only for those before it.

import { setImmediate as nextTurn } from 'node:timers/promises';

export interface Entry {
  /** About how much it has for the disk; 0: nothing. */
  readonly bytes: number;
  /** Its append, and all before it, are on disk. Synchronous; must not throw. */
  settle(): void;
  /** Its append failed, or one before it did. */
  reject(cause: unknown): void;
}

export interface GroupCommitOptions<T extends Entry> {
  /** Appends all of them; resolves when they are on disk. */
  append(entries: readonly T[]): Promise<void>;
  /** All entries of an append are settled, and the next one has not begun. Must not throw. */
  onSettled(): void;
  /** An append failed: from now on everything is rejected. Called before the entries are. */
  onFailure(cause: unknown): void;
}

/** An append takes up commits until it has so many bytes. */
const appendBytes = 1024 * 1024;

export class GroupCommit<T extends Entry> {
  private readonly append: (entries: readonly T[]) => Promise<void>;
  private readonly onSettled: () => void;
  private readonly onFailure: (cause: unknown) => void;
  private queue: T[] = [];
  private task: (() => Promise<void>) | undefined;
  private running: Promise<void> | undefined;
  private failure: { cause: unknown } | undefined;

  constructor({ append, onSettled, onFailure }: GroupCommitOptions<T>) {
    this.append = append;
    this.onSettled = onSettled;
    this.onFailure = onFailure;
  }

  submit(entry: T): void {
    if (this.failure) {
      entry.reject(this.failure.cause);
    } else if (entry.bytes === 0 && !this.running) {
      entry.settle();
    } else {
      this.queue.push(entry);
      this.run();
    }
  }

  /** Runs the task between two appends. One at a time. */
  async between(task: () => Promise<void>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      if (this.failure) throw this.failure.cause;
      this.task = () => task().then(resolve, reject);
      this.run();
    });
  }

  /** Resolves when everything that was submitted is settled. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  /** From now on everything is rejected, also what waits. */
  fail(cause: unknown): void {
    if (this.failure) return;
    this.failure = { cause };
    this.onFailure(cause);
    for (const entry of this.queue.splice(0)) entry.reject(cause);
  }

  private run(): void {
    this.running ??= this.work().finally(() => {
      this.running = undefined;
      if (this.queue.length > 0 || this.task) this.run();
    });
  }

  private async work(): Promise<void> {
    while (this.queue.length > 0 || this.task) {
      // Those that were answered together come back together: let them all in.
      await nextTurn();
      await this.appendNext();
      const task = this.task;
      this.task = undefined;
      await task?.();
    }
  }

  private async appendNext(): Promise<void> {
    const entries = this.takeNext();
    if (entries.length === 0) return;
    try {
      if (entries.some(({ bytes }) => bytes > 0)) await this.append(entries);
      for (const entry of entries) entry.settle();
      this.onSettled();
    } catch (cause) {
      this.queue.unshift(...entries);
      this.fail(cause);
    }
  }

  private takeNext(): T[] {
    let count = 0;
    for (let bytes = 0; count < this.queue.length && bytes < appendBytes; count++) {
      bytes += this.queue[count]?.bytes ?? 0;
    }
    return this.queue.splice(0, count);
  }
}
