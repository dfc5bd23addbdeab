// Keeps what readers see equal to etcd: lists once, then follows one watch over everything of this cluster.
//
//   following ──stream ended──▶ waiting ──backoff, history checked──▶ following
//   following ──compacted under us──▶ listing ──difference told──▶ following
//   any ──history replaced, object unreadable──▶ failed
//
// Each change is told once, in order, whatever happens to the connection; after a compaction under us what changed
// meanwhile is told as one change a key.

import {
  backoffDelay,
  type Clock,
  type Deferred,
  deferred,
  type Logger,
} from '../../../shared/base/index.ts';
import type { Batch, HistoryOptions } from '../history.ts';
import { StoreError } from '../store.ts';
import type { StoredText } from '../stored-text.ts';
import { VisibleState } from '../visible-state.ts';
import { ChangeReader, type ReadBatch } from './change-reader.ts';
import type { EtcdConnection } from './connection.ts';
import { checkEpoch, type Epoch, replaced } from './epoch.ts';
import { EtcdFailure } from './etcd-failure.ts';
import type { KeySpace } from './key-space.ts';
import { planResync } from './plan-resync.ts';
import { ObjectReader } from './stored-objects.ts';
import { watchOnce } from './watch-once.ts';

export interface FollowerOptions {
  connection: EtcdConnection;
  keys: KeySpace;
  text: StoredText;
  epoch: Epoch;
  clock: Clock;
  log: Logger;
  history: HistoryOptions;
  /** The commit with that mark was carried out, with the batch's revision; without changes when they are not known. */
  onMark(mark: string, batch: Batch): void;
  /** What all hubs have in common: at the start, after each break, and when it changes; before what was written after it. */
  onMaterial?(text: string): void;
  /** Nothing is followed any more. */
  onFailed(error: StoreError): void;
}

const retry = { base: 100, max: 5_000, jitter: 'full' } as const;
/** Milliseconds after which a revision that etcd has given out should have come. */
const patience = 2_000;

export class Follower {
  private readonly options: FollowerOptions;
  private readonly objects: ObjectReader;
  private readonly changes: ChangeReader;
  private readonly stopping = new AbortController();
  private readonly waiting = new Set<{ isSeen(): boolean; seen: Deferred<void> }>();
  private loaded: VisibleState | undefined;
  private running: Promise<void> | undefined;
  private restart: (reason: Error) => void = () => {};
  private wake: () => void = () => {};
  private gapCount = 0;
  private lost: string | undefined;
  private changedAt = 0;

  constructor(options: FollowerOptions) {
    this.options = options;
    this.objects = new ObjectReader(options);
    const { keys, onMaterial } = options;
    this.changes = new ChangeReader({ keys, objects: this.objects, ...(onMaterial && { onMaterial }) });
  }

  /** Loads everything, and follows from there. Rejects with an EtcdFailure, or 'unusable'. */
  async start(): Promise<void> {
    await this.readMaterial();
    const { revision, objects } = await this.objects.readAll();
    this.changedAt = revision;
    const { history, log } = this.options;
    this.loaded = new VisibleState({ ...history, log, revision, objects });
    this.running = this.run(this.loaded);
  }

  /** Stops following. What is waited for is rejected with the reason. */
  async stop(reason: StoreError): Promise<void> {
    this.stopping.abort(reason);
    this.rejectWaiting(reason);
    await this.running;
  }

  get state(): VisibleState {
    if (!this.loaded) throw new StoreError('closed', 'the store does not run');
    return this.loaded;
  }

  /** Why etcd is not followed at the moment. */
  get trouble(): string | undefined {
    return this.lost;
  }

  /** The newest revision that changed an object, as far as is known. */
  get newestChange(): number {
    return this.changedAt;
  }

  /** How often changes were told without the commits that they belong to. */
  get gaps(): number {
    return this.gapCount;
  }

  /** Resolves once that revision is visible. Rejects with 'unknown' at `until` (Clock.monotonic()). */
  async reached(revision: number, until: number): Promise<void> {
    await this.seen((state) => state.revision >= revision, until);
  }

  /** Resolves once what etcd, which has just answered, holds already is seen here. Rejects with 'unknown' at `until` (Clock.monotonic()). */
  async seen(isSeen: (state: VisibleState) => boolean, until: number): Promise<void> {
    const { state } = this;
    if (isSeen(state)) return;
    const { clock } = this.options;
    const waiter = { isSeen: () => isSeen(state), seen: deferred() };
    this.waiting.add(waiter);
    this.wake();
    const doubt = clock.after(patience, () => this.restart(lagging()));
    const end = clock.after(Math.max(0, until - clock.monotonic()), () => waiter.seen.reject(lagging()));
    try {
      await waiter.seen.promise;
    } finally {
      doubt.cancel();
      end.cancel();
      this.waiting.delete(waiter);
    }
  }

  private async run(state: VisibleState): Promise<void> {
    const { log } = this.options;
    const { signal } = this.stopping;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.follow(state, () => {
          if (failures > 0) log.warn({ revision: state.revision }, 'etcd is followed again');
          failures = 0;
          this.lost = undefined;
        });
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof StoreError && error.code === 'unusable') return this.fail(error);
        this.lost = error instanceof Error ? error.message : String(error);
        if (failures === 0)
          log.warn({ err: error }, 'etcd is out of reach: what was known is served meanwhile');
        await this.rest(backoffDelay(failures, retry));
        failures += 1;
      }
    }
  }

  /** Until the time is over, or etcd is known to be back. */
  private async rest(ms: number): Promise<void> {
    const waking = new AbortController();
    this.wake = () => waking.abort();
    const signal = AbortSignal.any([this.stopping.signal, waking.signal]);
    await this.options.clock.sleep(ms, signal).catch(() => {});
  }

  /** Follows until the stream ends, and rejects with what ended it. */
  private async follow(state: VisibleState, onFollowing: () => void): Promise<void> {
    const { connection, keys, epoch } = this.options;
    await checkEpoch(connection, keys, epoch, state.revision);
    await this.readMaterial();
    const watched = watchOnce({
      connection,
      range: keys.everything,
      from: state.revision + 1,
      onCreated: onFollowing,
      onResponse: (response) =>
        this.take(
          state,
          this.changes.read(response, (key) => state.get(key)),
        ),
      signal: this.stopping.signal,
    });
    this.restart = watched.restart;
    try {
      await watched.ended;
    } catch (error) {
      if (!(error instanceof EtcdFailure) || error.kind !== 'compacted') throw error;
      await this.resync(state);
    }
  }

  private take(state: VisibleState, { batches, epoch, upTo }: ReadBatch): void {
    if (epoch !== undefined && epoch !== this.options.epoch.id) throw replaced('it has another history');
    for (const { batch, marks } of batches) {
      if (batch.revision <= state.revision) {
        // As after a compaction, only a list can tell what else was passed over.
        throw new EtcdFailure('compacted', `etcd told of revision ${batch.revision} after ${state.revision}`);
      }
      if (batch.changes.length > 0) {
        state.apply(batch);
        this.changedAt = batch.revision;
      } else state.advance(batch.revision);
      for (const mark of marks) this.options.onMark(mark, batch);
    }
    if (upTo > state.revision) state.advance(upTo);
    this.resolveWaiting();
  }

  private async readMaterial(): Promise<void> {
    const { connection, keys, onMaterial } = this.options;
    if (!onMaterial) return;
    const { kvs } = await connection.range({ key: keys.material });
    if (kvs[0]) onMaterial(kvs[0].value.toString());
  }

  private async resync(state: VisibleState): Promise<void> {
    const { log, onMark } = this.options;
    await this.readMaterial();
    const { revision, objects } = await this.objects.readAll((mark, at) =>
      onMark(mark, { revision: at, changes: [] }),
    );
    const batches = planResync(state.objects, objects, { from: state.revision, to: revision });
    log.warn(
      { from: state.revision, to: revision },
      'what etcd told has a gap (it was compacted past this hub): listed anew',
    );
    this.gapCount += 1;
    this.changedAt = revision;
    state.skipTo(batches);
    this.resolveWaiting();
  }

  private fail(error: StoreError): void {
    this.rejectWaiting(error);
    this.options.onFailed(error);
  }

  private resolveWaiting(): void {
    for (const { isSeen, seen } of this.waiting) if (isSeen()) seen.resolve();
  }

  private rejectWaiting(error: StoreError): void {
    for (const { seen } of this.waiting) seen.reject(error);
  }
}

function lagging(): StoreError {
  return new StoreError('unknown', 'etcd is ahead of what this hub sees: the answer is not known here');
}
