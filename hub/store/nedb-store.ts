// The embedded store: one process, one directory. Objects in memory, frozen; on disk a datafile in NeDB's format, to
// which commits are appended and synced together. What is answered, or heard by a watcher, is on disk; volatile
// writes excepted. Why not NeDB itself: it does not sync what it appends, tears commits, and rewrites the file at
// every start.

import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { Logger } from '../../shared/base/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import { AcceptedWrites } from './accepted-writes.ts';
import { Datafile } from './datafile/datafile.ts';
import { unusable } from './datafile/disk-error.ts';
import { Journal, type JournalEntry, putRecord } from './datafile/journal.ts';
import { encodeLine, type ObjectRecord } from './datafile/record.ts';
import { replay } from './datafile/replay.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import type { HistoryOptions } from './history.ts';
import { type CommitPlan, checkGuards, planCommit } from './plan-commit.ts';
import {
  type Change,
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
import { VisibleState } from './visible-state.ts';

export interface NedbStoreOptions extends HistoryOptions {
  /** Made when it is not there. Nobody else may write to it. */
  directory: string;
  log: Logger;
  /** How objects are kept in the file (default: as JSON). */
  text?: StoredText;
  /** The file is written anew when more than half of it, and more than so many bytes, are out of date (default 4 MiB). */
  compactionMinimum?: number;
  /** Revisions reserved on disk at once (default 1 000 000): a restart skips at most so many. */
  reserve?: number;
}

interface Opened {
  lock: DirectoryLock;
  text: StoredText;
  epoch: string;
  state: VisibleState;
  journal: Journal;
  accepted: AcceptedWrites;
  /** The newest revision that was given out. */
  revision: number;
}

export class NedbStore implements Store {
  readonly failed: Promise<StoreError>;
  readonly shared: boolean = false;
  private readonly options: NedbStoreOptions;
  private tellFailed: (error: StoreError) => void = () => {};
  private starting: Promise<Opened> | undefined;
  /** Present from the start on; its revision and epoch are told even after the stop. */
  private opened: Opened | undefined;
  private closed = false;
  /** Present when a write has failed: reads go on. */
  private failure: StoreError | undefined;
  private stopping: Promise<void> | undefined;

  constructor(options: NedbStoreOptions) {
    this.options = options;
    this.failed = new Promise((resolve) => {
      this.tellFailed = resolve;
    });
  }

  get trouble(): string | undefined {
    return this.failure?.message;
  }

  /** '' before the start. */
  get epoch(): string {
    return this.opened?.epoch ?? '';
  }

  /** 0 before the start. */
  get revision(): number {
    return this.opened?.state.revision ?? 0;
  }

  /** Bytes written to disk since the start: appends and compactions. */
  get bytesWritten(): number {
    return this.opened?.journal.bytesWritten ?? 0;
  }

  /** A start that failed may be tried again. */
  async start(): Promise<void> {
    if (this.starting || this.stopping) throw new StoreError('closed', 'the store was started before');
    this.starting = this.open();
    try {
      this.opened = await this.starting;
    } catch (error) {
      this.starting = undefined;
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.stopping ??= this.close();
    await this.stopping;
  }

  async get(key: Key): Promise<Live | undefined> {
    return this.readable().state.get(key);
  }

  async list(prefix: Key, options?: ListOptions): Promise<Listing> {
    await this.readable().state.readAhead(prefix, options);
    return this.readable().state.list(prefix, options);
  }

  async all(): Promise<Snapshot> {
    await this.readable().state.readAhead('/');
    return this.readable().state.all();
  }

  async count(prefix: Key): Promise<number> {
    return this.readable().state.count(prefix);
  }

  watch(prefix: Key, handlers: WatchHandlers, after?: number): Watch {
    return this.readable().state.watch(prefix, handlers, after);
  }

  async commit(writes: readonly Write[], guards: readonly Guard[] = []): Promise<Live[]> {
    const opened = this.readable();
    if (this.failure) throw closedBy(this.failure);
    if (writes.length === 0) return [];
    return await new Promise((resolve, reject) => {
      opened.journal.submit(this.entryFor(opened, writes, guards, resolve, reject));
    });
  }

  /** By a compaction, which encodes every object again. */
  async rewrite(): Promise<void> {
    const { journal } = this.readable();
    if (this.failure) throw closedBy(this.failure);
    await journal.rewrite();
  }

  private async open(): Promise<Opened> {
    const { directory } = this.options;
    const lock = await openDirectory(directory);
    try {
      return await this.openFile(lock);
    } catch (error) {
      await lock.release();
      throw unusable('open the store in', directory, error);
    }
  }

  private async openFile(lock: DirectoryLock): Promise<Opened> {
    const { directory, log, text = plainText } = this.options;
    const { compactionMinimum = 4 * 1024 * 1024, reserve = 1_000_000 } = this.options;
    const datafile = await Datafile.open(directory, () =>
      encodeLine({ type: 'header', epoch: randomUUID(), reserved: 1 }),
    );
    try {
      const { header, objects, revision, sizes, length, torn } = await replay(
        datafile.reader,
        datafile.path,
        text,
      );
      if (torn) {
        const bytes = datafile.length - length;
        log.warn({ bytes }, 'cut off the torn end of an append that was not answered');
      }
      if (length < datafile.length) await datafile.truncate(length);
      const state = new VisibleState({ ...this.options, revision, objects });
      const journal = new Journal(datafile, header, sizes, {
        ...this.options,
        text,
        compactionMinimum,
        reserve,
        current: (key) => state.peek(key),
        onFailure: (cause) => this.becomeFailed(unusable('write to', datafile.path, cause)),
      });
      return { lock, text, epoch: header.epoch, state, journal, accepted: new AcceptedWrites(), revision };
    } catch (error) {
      await datafile.close();
      throw error;
    }
  }

  private async close(): Promise<void> {
    // One that is under way is waited for; how it ends is told to whoever began it.
    await Promise.allSettled([this.starting]);
    if (!this.opened) return;
    const { journal, state, lock } = this.opened;
    this.closed = true;
    try {
      await journal.close();
    } finally {
      state.endWatches(new StoreError('closed', 'the store has stopped'));
      await lock.release();
    }
  }

  private becomeFailed(error: StoreError): void {
    this.failure = error;
    this.options.log.error({ err: error }, 'the store takes no more writes');
    this.tellFailed(error);
  }

  private readable(): Opened {
    if (!this.opened || this.closed) throw new StoreError('closed', 'the store does not run');
    return this.opened;
  }

  private entryFor(
    opened: Opened,
    writes: readonly Write[],
    guards: readonly Guard[],
    resolve: (answers: Live[]) => void,
    reject: (error: unknown) => void,
  ): JournalEntry {
    const refuse = (cause: unknown) => reject(closedBy(this.failure ?? cause));
    try {
      checkGuards(guards, (prefix) => Math.max(opened.state.newest(prefix), opened.accepted.newest(prefix)));
      const plan = planCommit(writes, opened.revision + 1, (key) => acceptedObject(opened, key));
      const records = acceptPlan(opened, plan, writes);
      return {
        revision: plan.revision,
        records,
        settle: () => {
          for (const change of plan.changes) opened.accepted.remove(change);
          opened.state.apply(plan);
          resolve(plan.answers);
        },
        reject: refuse,
      };
    } catch (error) {
      // Told in its turn: what it conflicts with is visible by then.
      return { revision: opened.state.revision, records: [], settle: () => reject(error), reject: refuse };
    }
  }
}

async function openDirectory(directory: string): Promise<DirectoryLock> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable('make', directory, error);
  }
  return lockDirectory(directory);
}

function acceptedObject({ accepted, state }: Opened, key: Key): Live | undefined {
  const write = accepted.get(key);
  return write ? write.object : state.get(key);
}

/** What goes to disk for a plan; from now on its revision is taken, and the next commits are checked against it. */
function acceptPlan(opened: Opened, plan: CommitPlan, writes: readonly Write[]): ObjectRecord[] {
  const records: ObjectRecord[] = [];
  const onDisk: boolean[] = [];
  for (const [at, change] of plan.changes.entries()) {
    const { volatile = false, renewal = false } = writes[at] ?? {};
    const isWritten = change.object !== undefined && !volatile;
    const record =
      isWritten && renewal && isOnDisk(opened, change.key) ? undefined : recordFor(opened, change, isWritten);
    if (record) records.push(record);
    onDisk.push(isWritten);
  }
  opened.revision = plan.revision;
  for (const [at, change] of plan.changes.entries()) opened.accepted.add(change, onDisk[at] ?? false);
  return records;
}

/**
 * The file has the newest version of a key, or nothing of it: a volatile write over a durable one, like a delete,
 * takes the durable one off the file, so that no restart brings back what is out of date.
 */
function recordFor(
  opened: Opened,
  { key, revision, object }: Change,
  onDisk: boolean,
): ObjectRecord | undefined {
  if (onDisk && object) return putRecord(key, object, opened.text);
  return isOnDisk(opened, key) ? { type: 'delete', key, revision } : undefined;
}

/** Whether the file will have the key when all that was accepted is written. */
function isOnDisk({ accepted, journal }: Opened, key: Key): boolean {
  return accepted.get(key)?.onDisk ?? journal.holds(key);
}

function closedBy(cause: unknown): StoreError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StoreError('closed', `the store has stopped: ${why}`, undefined, { cause });
}
