// The durable half of the embedded store: which bytes go to the datafile, when, and when it is written anew.

import type { Clock, Logger } from '../../../shared/base/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { revisionOf } from '../live.ts';
import type { Key } from '../store.ts';
import type { StoredText } from '../stored-text.ts';
import { Unread } from '../unread.ts';
import { compact } from './compact.ts';
import type { Datafile } from './datafile.ts';
import { type Entry, GroupCommit } from './group-commit.ts';
import type { LineSizes } from './line-sizes.ts';
import { encodeLine, type FileRecord, type HeaderRecord, type ObjectRecord } from './record.ts';

/** What the store hands in: one commit. */
export interface JournalEntry {
  revision: number;
  /** What must be on disk before it is settled; may be empty. */
  records: readonly ObjectRecord[];
  /** Makes it visible and answers it. Called in the order of submission. */
  settle(): void;
  reject(cause: unknown): void;
}

export interface JournalOptions {
  clock: Clock;
  log: Logger;
  text: StoredText;
  /** So many bytes must be out of date, and more than half of the file, before it is written anew. */
  compactionMinimum: number;
  /** So many revisions are reserved at once. */
  reserve: number;
  /** The object that is visible now. */
  current(key: Key): Live | Unread | undefined;
  /** Nothing can be written any more. */
  onFailure(cause: unknown): void;
}

interface QueuedEntry extends Entry {
  readonly records: readonly FileRecord[];
  /** Bytes of each record's line, known when it has been encoded. */
  readonly lineBytes: number[];
}

export class Journal {
  private readonly options: JournalOptions;
  private readonly datafile: Datafile;
  private readonly sizes: LineSizes;
  private readonly commits: GroupCommit<QueuedEntry>;
  private readonly stopping = new AbortController();
  private header: HeaderRecord;
  private compacting: Promise<void> | undefined;
  /** After a compaction failed: not again before the file is that long. */
  private noCompactionBefore = 0;
  private cleanedUp: Promise<void> | undefined;

  constructor(datafile: Datafile, header: HeaderRecord, sizes: LineSizes, options: JournalOptions) {
    this.options = options;
    this.datafile = datafile;
    this.header = header;
    this.sizes = sizes;
    this.commits = new GroupCommit({
      append: (entries) => this.append(entries),
      onSettled: () => this.compactWhenDue(),
      onFailure: (cause) => this.becomeFailed(cause),
    });
  }

  get bytesWritten(): number {
    return this.datafile.bytesWritten;
  }

  /** True when the file has a current line of that key. */
  holds(key: Key): boolean {
    return this.sizes.has(key);
  }

  submit({ revision, records, settle, reject }: JournalEntry): void {
    const lines = revision < this.header.reserved ? records : [this.reserveFrom(revision), ...records];
    const queued: QueuedEntry = {
      records: lines,
      lineBytes: [],
      bytes: lines.reduce((sum, line) => sum + roughSize(line), 0),
      settle: () => {
        this.account(queued);
        settle();
      },
      reject,
    };
    this.commits.submit(queued);
  }

  /** Waits for what was submitted, then closes the file. */
  async close(): Promise<void> {
    this.stopping.abort(new Error('the store stops'));
    await this.compacting;
    await this.commits.idle();
    await this.cleanedUp;
    await this.trim();
    await this.datafile.close();
  }

  /** What it would leave is no harm: a file on a disk that refuses stays as it is. */
  private async trim(): Promise<void> {
    await this.datafile.trim().catch((error: unknown) => {
      this.options.log.warn({ err: error }, 'cannot cut off what was reserved for appends');
    });
  }

  private reserveFrom(revision: number): HeaderRecord {
    this.header = { ...this.header, reserved: revision + this.options.reserve };
    return this.header;
  }

  private async append(entries: readonly QueuedEntry[]): Promise<void> {
    const lines: Buffer[] = [];
    for (const { records, lineBytes } of entries) {
      for (const [at, record] of records.entries()) {
        const more = record.type === 'header' ? 0 : records.length - 1 - at;
        const marks = { more, flush: lines.length === 0 };
        const line = Buffer.from(encodeLine(record, marks));
        lines.push(line);
        lineBytes.push(line.length);
      }
    }
    await this.datafile.append(Buffer.concat(lines));
  }

  private account({ records, lineBytes }: QueuedEntry): void {
    for (const [at, record] of records.entries()) {
      if (record.type === 'put') this.sizes.set(record.key, lineBytes[at] ?? 0);
      if (record.type === 'delete') this.sizes.delete(record.key);
    }
  }

  /** What part of a failed append reached the file is cut off, if the disk lets us: it was not answered. */
  private becomeFailed(cause: unknown): void {
    this.stopping.abort(cause);
    this.cleanedUp = this.datafile.truncate(this.datafile.length).catch((error: unknown) => {
      this.options.log.warn({ err: error }, 'cannot cut off the failed append');
    });
    this.options.onFailure(cause);
  }

  private compactWhenDue(): void {
    const outdated = this.datafile.length - this.sizes.total;
    const due = outdated > this.options.compactionMinimum && outdated > this.sizes.total;
    if (!due || this.compacting || this.stopping.signal.aborted) return;
    if (this.datafile.length < this.noCompactionBefore) return;
    this.compacting = this.compact()
      .catch((error: unknown) => {
        if (this.stopping.signal.aborted) return;
        this.noCompactionBefore = this.datafile.length * 2;
        this.options.log.warn({ err: error }, 'cannot compact the store; it goes on with the larger file');
      })
      .finally(() => {
        this.compacting = undefined;
      });
  }

  /** Resolves when the file has nothing but current lines, all of them encoded after this was called. */
  async rewrite(): Promise<void> {
    // What has been encoded already must be in the file before the lines are taken: it would be copied as it is.
    await this.flush();
    while (this.compacting) await this.compacting;
    const compaction = this.compact();
    this.compacting = compaction
      .catch(() => undefined) // the caller hears of it
      .finally(() => {
        this.compacting = undefined;
      });
    await compaction;
  }

  /** Resolves when all that was submitted so far is settled. */
  private flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.commits.submit({ records: [], lineBytes: [], bytes: 0, settle: resolve, reject });
    });
  }

  /** Rejects with the old file in place, or, where the disk failed with the new one, when the store has failed. */
  private async compact(): Promise<void> {
    const { clock, log } = this.options;
    const began = { bytes: this.datafile.length, at: clock.monotonic() };
    let switched = false;
    try {
      await compact({
        datafile: this.datafile,
        header: this.header,
        keys: this.sizes.keys(),
        clock,
        current: (key) => this.currentRecord(key),
        onLine: (key, bytes) => this.sizes.set(key, bytes),
        betweenAppends: (task) => this.commits.between(task),
        onSwitched: () => {
          switched = true;
        },
        signal: this.stopping.signal,
      });
    } catch (error) {
      if (switched) this.commits.fail(error);
      throw error;
    }
    const milliseconds = Math.round(clock.monotonic() - began.at);
    log.info({ before: began.bytes, after: this.datafile.length, milliseconds }, 'store compacted');
  }

  private currentRecord(key: Key): ObjectRecord | undefined {
    const object = this.sizes.has(key) ? this.options.current(key) : undefined;
    return object && putRecord(key, object, this.options.text);
  }
}

export function putRecord(key: Key, found: Live | Unread, text: StoredText): ObjectRecord {
  if (found instanceof Unread && text.isCurrent(key, found.text))
    return { type: 'put', key, revision: found.revision, text: found.text };
  const object = found instanceof Unread ? found.read(key) : found;
  return { type: 'put', key, revision: revisionOf(object), text: text.encode(key, object) };
}

function roughSize(record: FileRecord): number {
  return record.type === 'put' ? record.text.length + 100 : 100;
}
