// What readers see: the objects as of the newest commit that is durable, the history before it, and who watches.
// Every implementation of Store that keeps its objects in this process puts its durability in front of this.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Logger } from '../../shared/base/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import { type Batch, History, type HistoryOptions } from './history.ts';
import { ObjectIndex } from './object-index.ts';
import {
  type Change,
  type Key,
  type Listing,
  type ListOptions,
  type Snapshot,
  StoreError,
  type Watch,
  type WatchHandlers,
} from './store.ts';
import type { Unread } from './unread.ts';
import { Watchers } from './watchers.ts';

export interface VisibleStateOptions extends HistoryOptions {
  log?: Logger;
  /** The state to begin with, and its revision; the objects are taken over. */
  revision: number;
  objects?: Map<Key, Live | Unread>;
}

/** Milliseconds in which objects are read before others have their turn. */
const readSlice = 4;

export class VisibleState {
  private readonly clock: Clock;
  private readonly index: ObjectIndex;
  private readonly history: History;
  private readonly watchers: Watchers;
  private current: number;

  constructor(options: VisibleStateOptions) {
    this.clock = options.clock;
    this.current = options.revision;
    this.index = new ObjectIndex(options.objects);
    this.history = new History(options, options.revision);
    this.watchers = new Watchers({ history: this.history, log: options.log });
  }

  get revision(): number {
    return this.current;
  }

  /** Makes a commit visible, then tells the watchers. Revisions must grow. */
  apply(batch: Batch): void {
    for (const { key, object } of batch.changes) {
      if (object) this.index.set(key, object);
      else this.index.delete(key);
    }
    this.current = batch.revision;
    this.history.push(batch);
    this.watchers.deliver(batch);
  }

  /** Later revisions up to this one changed nothing. */
  advance(revision: number): void {
    this.current = Math.max(this.current, revision);
  }

  /**
   * Goes on to a later state of which not every commit is known: who listens hears what is different, and history begins
   * anew with it.
   */
  skipTo(batches: readonly Batch[]): void {
    for (const batch of batches) this.apply(batch);
    this.history.beginAt(this.current);
  }

  /** All that is there. */
  get objects(): ReadonlyMap<Key, Live> {
    return this.index.copy();
  }

  get(key: Key): Live | undefined {
    return this.index.get(key);
  }

  peek(key: Key): Live | Unread | undefined {
    return this.index.peek(key);
  }

  /** Reads what a list will need and was not read yet, a little at a time: the first list of many holds nobody up. */
  async readAhead(prefix: Key, { limit = Number.POSITIVE_INFINITY, after }: ListOptions = {}): Promise<void> {
    const keys = this.index.unreadKeys(prefix, after, limit);
    for (let next = 0; next < keys.length; await nextTurn()) {
      const until = this.clock.monotonic() + readSlice;
      for (; next < keys.length && this.clock.monotonic() < until; next += 1)
        this.index.get(keys[next] ?? '');
    }
  }

  /** The newest revision of what is under the prefix now; 0: there is nothing. */
  newest(prefix: Key): number {
    let newest = 0;
    for (const key of this.index.keys(prefix)) newest = Math.max(newest, this.index.revision(key));
    return newest;
  }

  all(): Snapshot {
    return { revision: this.current, objects: this.index.copy() };
  }

  count(prefix: Key): number {
    return this.index.count(prefix);
  }

  /** All keys, in order. The state must not change while they are read. */
  keys(prefix: Key): Iterable<Key> {
    return this.index.keys(prefix);
  }

  list(prefix: Key, { limit, after, revision }: ListOptions = {}): Listing {
    const most = limit ?? Number.POSITIVE_INFINITY;
    if (revision === undefined || revision === this.current) return this.listNow(prefix, after, most);
    this.checkReached(revision);
    return this.listBack(prefix, after, most, revision);
  }

  watch(prefix: Key, handlers: WatchHandlers, after: number = this.current): Watch {
    this.checkReached(after);
    const missed = this.history.since(after).length > 0;
    return this.watchers.add(prefix, handlers, after, !missed);
  }

  endWatches(error: StoreError): void {
    this.watchers.end(error);
  }

  private checkReached(revision: number): void {
    if (revision > this.current) {
      throw new StoreError('future', `revision ${revision} is not reached: the newest is ${this.current}`);
    }
  }

  private listNow(prefix: Key, after: Key | undefined, limit: number): Listing {
    const { objects, last } = this.index.take(prefix, after, limit);
    const remaining = this.index.count(prefix, after) - objects.length;
    return listing(this.current, objects, remaining, last);
  }

  private listBack(prefix: Key, after: Key | undefined, limit: number, revision: number): Listing {
    const then = this.undone(prefix, after, revision);
    const back = [...then].filter(([, object]) => object).map(([key]) => key);
    const objects: Live[] = [];
    let last: Key | undefined;
    for (const key of merged(this.index.keys(prefix, after), back.sort(), (key) => then.has(key))) {
      if (objects.length >= limit) break;
      const object = then.has(key) ? then.get(key) : this.index.get(key);
      if (object) objects.push(object);
      last = key;
    }
    const nowThere = [...then.keys()].filter((key) => this.index.get(key)).length;
    const total = this.index.count(prefix, after) - nowThere + back.length;
    return listing(revision, objects, total - objects.length, last);
  }

  /** What the keys that changed since `revision` held then; undefined: they were absent. */
  private undone(prefix: Key, after: Key | undefined, revision: number): Map<Key, Live | undefined> {
    const then = new Map<Key, Live | undefined>();
    const changed = ({ key }: Change) => key.startsWith(prefix) && (after === undefined || key > after);
    for (const { changes } of this.history.since(revision)) {
      for (const change of changes.filter(changed)) {
        if (!then.has(change.key)) then.set(change.key, change.previous);
      }
    }
    return then;
  }
}

function listing(revision: number, objects: Live[], remaining: number, last: Key | undefined): Listing {
  return { revision, objects, remaining, ...(remaining > 0 && last !== undefined && { last }) };
}

/** Two sorted runs of keys as one, without those of the first that are `hidden`. */
function* merged(now: Iterable<Key>, back: readonly Key[], hidden: (key: Key) => boolean): Generator<Key> {
  let next = 0;
  for (const key of now) {
    if (hidden(key)) continue;
    for (let other = back[next]; other !== undefined && other < key; other = back[next]) {
      yield other;
      next += 1;
    }
    yield key;
  }
  yield* back.slice(next);
}
