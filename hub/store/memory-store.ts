// A store that keeps nothing: everything that the interface promises but survival. For tests, and clusters that may vanish.

import { randomUUID } from 'node:crypto';
import type { Logger } from '../../shared/base/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { HistoryOptions } from './history.ts';
import { checkGuards, planCommit } from './plan-commit.ts';
import {
  type Guard,
  type Key,
  type Listing,
  type ListOptions,
  type Snapshot,
  type Store,
  StoreError,
  type Watch,
  type WatchHandlers,
  type Write,
} from './store.ts';
import { VisibleState } from './visible-state.ts';

export interface MemoryStoreOptions extends HistoryOptions {
  log?: Logger;
}

export class MemoryStore implements Store {
  readonly trouble = undefined;
  readonly epoch = randomUUID();
  readonly bytesWritten = 0;
  /** Never resolves: memory takes every write. */
  readonly failed = new Promise<StoreError>(() => {});
  readonly shared: boolean = false;
  private readonly state: VisibleState;
  private running = false;

  constructor(options: MemoryStoreOptions) {
    this.state = new VisibleState({ ...options, revision: 1 });
  }

  get revision(): number {
    return this.state.revision;
  }

  async start(): Promise<void> {
    this.running = true;
  }

  async stop(): Promise<void> {
    this.running = false;
    this.state.endWatches(new StoreError('closed', 'the store has stopped'));
  }

  async get(key: Key): Promise<Live | undefined> {
    return this.open().get(key);
  }

  async list(prefix: Key, options?: ListOptions): Promise<Listing> {
    return this.open().list(prefix, options);
  }

  async all(): Promise<Snapshot> {
    return this.open().all();
  }

  async count(prefix: Key): Promise<number> {
    return this.open().count(prefix);
  }

  async commit(writes: readonly Write[], guards: readonly Guard[] = []): Promise<Live[]> {
    const state = this.open();
    if (writes.length === 0) return [];
    checkGuards(guards, (prefix) => state.newest(prefix));
    const plan = planCommit(writes, state.revision + 1, (key) => state.get(key));
    state.apply(plan);
    return plan.answers;
  }

  /** There is nothing at rest. */
  async rewrite(): Promise<void> {
    this.open();
  }

  watch(prefix: Key, handlers: WatchHandlers, after?: number): Watch {
    return this.open().watch(prefix, handlers, after);
  }

  private open(): VisibleState {
    if (!this.running) throw new StoreError('closed', 'the store does not run');
    return this.state;
  }
}
