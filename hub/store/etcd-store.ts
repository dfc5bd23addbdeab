// The store of several hubs: objects in etcd, and all of them in this process as well, kept equal by one watch. Reads are
// answered from here; a commit is one transaction of etcd, answered when it is on etcd's disks and visible here.

import { backoffDelay, type Clock, type Logger } from '../../shared/base/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { EtcdAddress } from './etcd/address.ts';
import { Committer } from './etcd/committer.ts';
import { EtcdConnection, type EtcdTls } from './etcd/connection.ts';
import { claimEpoch } from './etcd/epoch.ts';
import { EtcdFailure } from './etcd/etcd-failure.ts';
import { Follower } from './etcd/follower.ts';
import { HistoryCompactor } from './etcd/history-compactor.ts';
import { KeySpace } from './etcd/key-space.ts';
import { RevisionShift } from './etcd/revision-shift.ts';
import { rewriteObjects } from './etcd/rewrite-objects.ts';
import { VolatileLeases } from './etcd/volatile-leases.ts';
import type { HistoryOptions } from './history.ts';
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
import { plainText, type StoredText } from './stored-text.ts';

export interface EtcdStoreOptions extends HistoryOptions {
  address: EtcdAddress;
  tls?: EtcdTls;
  clock: Clock;
  log: Logger;
  /** How objects are kept in etcd (default: as JSON). All hubs of a cluster need the same. */
  text?: StoredText;
  /** Hears what all hubs have in common (the shared cell), in its turn among the changes of objects. */
  onMaterial?: (text: string) => void;
  /** Milliseconds for one request to etcd (default 5 s). */
  requestTimeout?: number;
  /** Milliseconds for a commit or the start, with all that is tried again (default 10 s). */
  commitTimeout?: number;
  /** Seconds that a volatile object lives after its last write (default 1 h). */
  volatileLifetime?: number;
  /** Bounds of etcd's own history (default: 5 min, 100 000 revisions). */
  compaction?: { age?: number; limit?: number };
}

interface Opened {
  epoch: string;
  connection: EtcdConnection;
  keys: KeySpace;
  text: StoredText;
  follower: Follower;
  committer: Committer;
  compactor: HistoryCompactor;
}

const retry = { base: 100, max: 2_000, jitter: 'full' } as const;

export class EtcdStore implements Store {
  readonly shared = true;
  /** What etcd writes is not on this hub's account. */
  readonly bytesWritten = 0;
  readonly failed: Promise<StoreError>;
  private readonly options: EtcdStoreOptions;
  private tellFailed: (error: StoreError) => void = () => {};
  private opened: Opened | undefined;
  private closed = false;
  private failure: StoreError | undefined;
  private readonly commitTimeout: number;
  private readonly commits = new Set<Promise<unknown>>();

  constructor(options: EtcdStoreOptions) {
    this.options = options;
    this.commitTimeout = options.commitTimeout ?? 10_000;
    this.failed = new Promise((resolve) => {
      this.tellFailed = resolve;
    });
  }

  get trouble(): string | undefined {
    return this.failure?.message ?? this.opened?.follower.trouble;
  }

  /** '' before the start. */
  get epoch(): string {
    return this.opened?.epoch ?? '';
  }

  /** 0 before the start. */
  get revision(): number {
    return this.opened?.follower.state.revision ?? 0;
  }

  /** A start that failed may be tried again. */
  async start(): Promise<void> {
    if (this.opened || this.closed) throw new StoreError('closed', 'the store was started before');
    const { address, tls, requestTimeout = 5_000 } = this.options;
    const connection = new EtcdConnection({ address, requestTimeout, ...(tls && { tls }) });
    try {
      await connection.open();
      this.opened = await this.openPatiently(connection);
    } catch (error) {
      connection.close();
      throw error instanceof EtcdFailure ? cannotStart(error) : error;
    }
    this.opened.compactor.start();
  }

  async stop(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    if (!this.opened) return;
    const { follower, compactor, connection } = this.opened;
    const stopped = new StoreError('closed', 'the store has stopped');
    await Promise.allSettled(this.commits);
    await Promise.all([compactor.stop(), follower.stop(stopped)]);
    follower.state.endWatches(stopped);
    connection.close();
  }

  async get(key: Key): Promise<Live | undefined> {
    return this.running().follower.state.get(key);
  }

  async list(prefix: Key, options?: ListOptions): Promise<Listing> {
    return this.running().follower.state.list(prefix, options);
  }

  async all(): Promise<Snapshot> {
    return this.running().follower.state.all();
  }

  async count(prefix: Key): Promise<number> {
    return this.running().follower.state.count(prefix);
  }

  watch(prefix: Key, handlers: WatchHandlers, after?: number): Watch {
    return this.running().follower.state.watch(prefix, handlers, after);
  }

  async commit(writes: readonly Write[], guards: readonly Guard[] = []): Promise<Live[]> {
    const { committer } = this.running();
    if (this.failure) throw new StoreError('closed', `the store has stopped: ${this.failure.message}`);
    if (writes.length === 0) return [];
    const commit = committer.commit(writes, guards);
    this.commits.add(commit);
    try {
      return await commit;
    } finally {
      this.commits.delete(commit);
    }
  }

  /** Object by object, against who writes meanwhile; rejects with 'unavailable' when etcd is out of reach. */
  async rewrite(): Promise<void> {
    const { connection, keys, text } = this.running();
    try {
      await rewriteObjects({ connection, keys, text });
    } catch (error) {
      throw error instanceof EtcdFailure ? new StoreError('unavailable', error.message) : error;
    }
  }

  /** A machine that boots may have us before it has etcd. */
  private async openPatiently(connection: EtcdConnection): Promise<Opened> {
    const { clock } = this.options;
    const until = clock.monotonic() + this.commitTimeout;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.open(connection);
      } catch (error) {
        const passing = error instanceof EtcdFailure && (error.kind === 'unsent' || error.kind === 'unknown');
        const delay = backoffDelay(attempt, retry);
        if (!passing || clock.monotonic() + delay >= until) throw error;
        await clock.sleep(delay);
      }
    }
  }

  private async open(connection: EtcdConnection): Promise<Opened> {
    const { address, clock, log, text = plainText, volatileLifetime = 3_600 } = this.options;
    const epoch = await claimEpoch(connection, new KeySpace(address.prefix));
    const keys = new KeySpace(address.prefix, epoch.objects);
    connection.shift = new RevisionShift(epoch.offset);
    const leases = new VolatileLeases({ connection, clock, lifetime: volatileLifetime });
    const follower: Follower = new Follower({
      connection,
      keys,
      text,
      epoch,
      clock,
      log,
      history: this.options,
      onMark: (mark, batch) => committer.seen(mark, batch),
      ...(this.options.onMaterial && { onMaterial: this.options.onMaterial }),
      onFailed: (error) => this.becomeFailed(error),
    });
    const committer = new Committer({
      connection,
      keys,
      text,
      clock,
      follower,
      leases,
      timeout: this.commitTimeout,
    });
    await committer.start();
    await follower.start();
    const newest = () => follower.newestChange;
    const compactor = new HistoryCompactor({
      connection,
      keys,
      clock,
      log,
      newest,
      ...this.options.compaction,
    });
    return { epoch: epoch.id, connection, keys, text, follower, committer, compactor };
  }

  private becomeFailed(error: StoreError): void {
    this.failure = error;
    this.options.log.error({ err: error }, 'the store takes no more writes');
    this.tellFailed(error);
  }

  private running(): Opened {
    if (!this.opened || this.closed) throw new StoreError('closed', 'the store does not run');
    return this.opened;
  }
}

function cannotStart(failure: EtcdFailure): StoreError {
  return new StoreError('unusable', `cannot open the store: ${failure.message}`, undefined, {
    cause: failure,
  });
}
