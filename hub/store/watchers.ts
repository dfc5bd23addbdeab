// Who hears the commits. Each watcher hears each matching change once and in order; one that throws harms no other.

import type { Logger } from '../../shared/base/index.ts';
import type { Batch, History } from './history.ts';
import { type Change, type Key, StoreError, type Watch, type WatchHandlers } from './store.ts';

interface Watcher {
  readonly prefix: Key;
  readonly handlers: WatchHandlers;
  /** The newest revision that it has heard of, or had nothing to hear of. */
  position: number;
  /** False until it has heard what lay before it in history. */
  live: boolean;
}

export class Watchers {
  private readonly history: History;
  private readonly log: Logger | undefined;
  private readonly watchers = new Set<Watcher>();
  private readonly undelivered: Batch[] = [];
  private delivering = false;

  constructor({ history, log }: { history: History; log: Logger | undefined }) {
    this.history = history;
    this.log = log;
  }

  /** Hears what comes after `position`. What lies in history already follows in a microtask, before anything newer. */
  add(prefix: Key, handlers: WatchHandlers, position: number, live: boolean): Watch {
    const watcher: Watcher = { prefix, handlers, position, live };
    this.watchers.add(watcher);
    if (!live) queueMicrotask(() => this.catchUp(watcher));
    return {
      stop: () => {
        this.watchers.delete(watcher);
      },
    };
  }

  /** Tells all live watchers. A commit made by one of them while it listens is told after this one, to all. */
  deliver(batch: Batch): void {
    this.undelivered.push(batch);
    if (this.delivering) return;
    this.delivering = true;
    for (let next = this.undelivered.shift(); next; next = this.undelivered.shift()) {
      for (const watcher of this.watchers) {
        if (watcher.live) this.tell(watcher, next);
      }
    }
    this.delivering = false;
  }

  /** Ends all watches. */
  end(error: StoreError): void {
    for (const watcher of [...this.watchers]) this.endOne(watcher, error);
  }

  private catchUp(watcher: Watcher): void {
    try {
      for (let missed = this.missed(watcher); missed.length > 0; missed = this.missed(watcher)) {
        for (const batch of missed) this.tell(watcher, batch);
      }
      watcher.live = true;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.endOne(watcher, error);
    }
  }

  /** What a watcher has not heard; nothing, once it has been stopped. */
  private missed(watcher: Watcher): readonly Batch[] {
    return this.watchers.has(watcher) ? this.history.since(watcher.position) : [];
  }

  private tell(watcher: Watcher, { revision, changes }: Batch): void {
    if (revision <= watcher.position || !this.watchers.has(watcher)) return;
    watcher.position = revision;
    const concerns = ({ key }: Change) => key.startsWith(watcher.prefix);
    // Mostly a commit is one change: nothing is to be copied for each who hears of it.
    const heard = changes.every(concerns) ? changes : changes.filter(concerns);
    if (heard.length === 0) return;
    try {
      watcher.handlers.onChanges(heard);
    } catch (error) {
      this.sayThrown(watcher, error);
    }
  }

  private endOne(watcher: Watcher, error: StoreError): void {
    if (!this.watchers.delete(watcher)) return;
    try {
      watcher.handlers.onEnd(error);
    } catch (thrown) {
      this.sayThrown(watcher, thrown);
    }
  }

  private sayThrown({ prefix }: Watcher, error: unknown): void {
    this.log?.error({ err: error, prefix }, 'a watcher threw; the others go on');
  }
}
