// Carries out commits: each once, and answers when it is visible here. An answer that was lost is found out (see fence.ts).

import { randomBytes } from 'node:crypto';
import { backoffDelay, type Clock } from '../../../shared/base/index.ts';
import type { KubeObject, Live } from '../../../shared/machinery/index.ts';
import type { Batch } from '../history.ts';
import { revisionOf, stamped } from '../live.ts';
import { checkKeys } from '../plan-commit.ts';
import { type Guard, StoreError, type Write } from '../store.ts';
import type { StoredText } from '../stored-text.ts';
import type { EtcdConnection } from './connection.ts';
import { EtcdFailure } from './etcd-failure.ts';
import { Fence } from './fence.ts';
import type { Follower } from './follower.ts';
import type { KeySpace } from './key-space.ts';
import { KeyTurns } from './key-turns.ts';
import { planTransaction, refusalOf, type Transaction } from './plan-transaction.ts';
import type { VolatileLeases } from './volatile-leases.ts';

export interface CommitterOptions {
  connection: EtcdConnection;
  keys: KeySpace;
  text: StoredText;
  clock: Clock;
  follower: Follower;
  leases: VolatileLeases;
  /** Milliseconds after which a commit is given up. */
  timeout: number;
}

interface Commit {
  mark: string;
  writes: Transaction['writes'];
  guards: readonly Guard[];
  /** Clock.monotonic() at which it is given up. */
  until: number;
  /** Follower.gaps when it began. */
  gaps: number;
  /** What was there when it was sent: one a write. */
  held: readonly (Live | undefined)[];
  /** Present once it has been seen in etcd. */
  batch?: Batch;
}

const retry = { base: 50, max: 1_000, jitter: 'full' } as const;

export class Committer {
  private readonly options: CommitterOptions;
  private readonly hub = randomBytes(5).toString('hex');
  private readonly fence: Fence;
  private readonly turns = new KeyTurns();
  private readonly pending = new Map<string, Commit>();
  private count = 0;

  constructor(options: CommitterOptions) {
    this.options = options;
    const { connection, keys, leases } = options;
    this.fence = new Fence({ connection, leases, key: keys.fence(this.hub) });
  }

  /** Rejects with an EtcdFailure. */
  async start(): Promise<void> {
    await this.fence.past('0');
  }

  /** A commit has come back from etcd. */
  seen(mark: string, batch: Batch): void {
    const commit = this.pending.get(mark);
    if (commit) commit.batch = batch;
  }

  /** As Store.commit; encodes before it returns. */
  async commit(writes: readonly Write[], guards: readonly Guard[]): Promise<Live[]> {
    checkKeys(writes);
    const { text, clock, follower, timeout } = this.options;
    const encoded = writes.map((write) => ({
      write,
      text: write.object && text.encode(write.key, withoutRevision(write.object)),
    }));
    this.count += 1;
    const mark = `${this.hub}-${this.count.toString(36)}`;
    const until = clock.monotonic() + timeout;
    return await this.turns.run(
      [...writes.map(({ key }) => key), ...guards.map(({ prefix }) => prefix)],
      () => {
        const held = writes.map(({ key }) => follower.state.get(key));
        return this.carryOut({ mark, writes: encoded, guards, until, gaps: follower.gaps, held });
      },
    );
  }

  private async carryOut(commit: Commit): Promise<Live[]> {
    this.pending.set(commit.mark, commit);
    try {
      for (let attempt = 0; ; attempt++) {
        const answers = await this.attempt(commit, attempt);
        if (answers) return answers;
      }
    } finally {
      this.pending.delete(commit.mark);
    }
  }

  /** The answers, or undefined when it is certain that nothing was done, and another attempt may succeed. */
  private async attempt(commit: Commit, attempt: number): Promise<Live[] | undefined> {
    const { connection, keys, leases } = this.options;
    const fence = { key: this.fence.key, revision: this.fence.current };
    let sent = false;
    try {
      const lease = await leases.current();
      const mark = { key: keys.mark(this.hub), value: commit.mark };
      const transaction = { writes: commit.writes, guards: commit.guards, fence, mark, lease };
      sent = true;
      const response = await connection.transact(planTransaction(keys, transaction));
      const revision = Number(response.header.revision);
      if (response.succeeded) return await this.answer(commit, revision);
      const refusal = refusalOf(response, transaction);
      sent = false;
      if (refusal === 'fenced') await this.fence.past(fence.revision);
      if (!(refusal instanceof StoreError)) return undefined;
      await this.seeConflict(refusal, revision, commit.until);
      throw refusal;
    } catch (error) {
      if (!(error instanceof EtcdFailure)) throw error;
      if (error.kind === 'unknown' && sent) return await this.findOut(commit, fence.revision, error);
      await this.mayTryAgain(commit, attempt, error);
      return undefined;
    }
  }

  /** Waits until what a commit conflicts with can be read. `revision`: of etcd, when it told of it. */
  private async seeConflict(
    { key = '', current }: StoreError,
    revision: number,
    until: number,
  ): Promise<void> {
    await this.options.follower.seen((state) => {
      const here = key.endsWith('/') ? state.newest(key) : revisionOf(state.get(key));
      return current === 0 ? here === 0 || here > revision : here >= current || state.revision >= revision;
    }, until);
  }

  /** Whether a transaction was carried out that was sent behind that fence. */
  private async findOut(commit: Commit, fence: string, cause: EtcdFailure): Promise<Live[] | undefined> {
    const { follower } = this.options;
    const settled = await this.raiseFence(commit, fence, cause);
    await follower.reached(settled, commit.until);
    if (commit.batch) return answersOf(commit, commit.batch);
    if (follower.gaps !== commit.gaps) throw unknownOutcome(cause);
    return undefined;
  }

  private async raiseFence(commit: Commit, fence: string, cause: EtcdFailure): Promise<number> {
    for (let attempt = 0; ; attempt++) {
      try {
        return Number(await this.fence.past(fence));
      } catch (error) {
        if (!(error instanceof EtcdFailure)) throw error;
        if (!(await this.pause(commit, attempt))) throw unknownOutcome(cause);
      }
    }
  }

  /** Waits before the next attempt; throws when there is none. Nothing was written. */
  private async mayTryAgain(commit: Commit, attempt: number, failure: EtcdFailure): Promise<void> {
    if (failure.kind === 'too-large') throw tooLarge(commit, failure);
    if (failure.kind === 'no-lease') this.options.leases.forget();
    if (failure.kind === 'refused' || !(await this.pause(commit, attempt))) {
      throw new StoreError('unavailable', `nothing was written: ${failure.message}`, undefined, {
        cause: failure,
      });
    }
  }

  /** False when there is no time left. */
  private async pause({ until }: Commit, attempt: number): Promise<boolean> {
    const { clock } = this.options;
    const delay = backoffDelay(attempt, retry);
    if (clock.monotonic() + delay >= until) return false;
    await clock.sleep(delay);
    return true;
  }

  private async answer(commit: Commit, revision: number): Promise<Live[]> {
    await this.options.follower.reached(revision, commit.until);
    return answersOf(commit, commit.batch ?? { revision, changes: [] });
  }
}

/** From what came back; where only the revision is known (etcd was compacted meanwhile), from what was sent. */
function answersOf(commit: Commit, { revision, changes }: Batch): Live[] {
  return commit.writes.map(({ write }, at) => {
    const change = changes.find(({ key }) => key === write.key);
    const last = change ? change.previous : commit.held[at];
    if (change?.object) return change.object;
    const object = write.object ?? last;
    if (object) return stamped(object, revision);
    throw new StoreError(
      'unknown',
      `${write.key}: deleted at revision ${revision}; what it was is not known here`,
    );
  });
}

function withoutRevision(object: KubeObject): KubeObject {
  if (object.metadata?.resourceVersion === undefined) return object;
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function tooLarge({ writes }: Commit, cause: EtcdFailure): StoreError {
  const bytes = writes.reduce((sum, { text = '' }) => sum + Buffer.byteLength(text), 0);
  const what = writes.length === 1 ? (writes[0]?.write.key ?? '') : `a commit of ${writes.length} writes`;
  return new StoreError(
    'too-large',
    `${what}: ${bytes} bytes are more than etcd takes (${cause.message}); its limits are --max-request-bytes, ` +
      '1.5 MiB by default, and --max-txn-ops, 128',
    undefined,
    { cause },
  );
}

function unknownOutcome(cause: EtcdFailure): StoreError {
  return new StoreError(
    'unknown',
    `the write may have been carried out, or not: ${cause.message}`,
    undefined,
    {
      cause,
    },
  );
}
