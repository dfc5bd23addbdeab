// Files that are being fetched, or were in part: each in the hands of one pull at a time. Images share layers, and two that
// are pulled at once would write to one file.

import { join } from 'node:path';
import { deferred } from '../../../shared/base/index.ts';
import { removeDownload } from './download.ts';

interface Queue {
  /** Who has it, and who waits for it. */
  users: number;
  /** Resolves when the last of them has let it go. */
  free: Promise<void>;
}

export class Downloads {
  readonly folder: string;
  private readonly queues = new Map<string, Queue>();

  constructor(folder: string) {
    this.folder = folder;
  }

  pathOf(name: string): string {
    return join(this.folder, name);
  }

  /** Has these files alone while `work` runs. Rejects at its turn when `signal` has aborted by then. */
  async having<T>(names: readonly string[], signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const held: (() => void)[] = [];
    try {
      // All in one order: nobody waits for who waits for him.
      for (const name of [...new Set(names)].sort()) {
        const { turn, letGo } = this.join(name);
        held.push(letGo);
        await turn;
        signal.throwIfAborted();
      }
      return await work();
    } finally {
      for (const letGo of held) letGo();
    }
  }

  /** Is needed no more by who has it; it stays for who waits for it. */
  async drop(name: string): Promise<void> {
    if ((this.queues.get(name)?.users ?? 0) <= 1) await removeDownload(this.pathOf(name));
  }

  private join(name: string): { turn: Promise<void>; letGo: () => void } {
    const queue = this.queues.get(name) ?? { users: 0, free: Promise.resolve() };
    this.queues.set(name, queue);
    const turn = queue.free;
    const mine = deferred<void>();
    queue.users++;
    queue.free = turn.then(() => mine.promise);
    const letGo = () => {
      queue.users--;
      if (queue.users === 0) this.queues.delete(name);
      mine.resolve();
    };
    return { turn, letGo };
  }
}
