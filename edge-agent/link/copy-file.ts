// The file of the durable copy: NeDB documents `{_id, revision, json, sum}`, and a promise that a batch is on the disk.

import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Datastore from 'nedb-promises';
import { errorCode, type Logger } from '../../shared/base/index.ts';
import { readRecords, repairDatafile } from './repair.ts';

interface Document {
  /** Type/uid of an object; `epoch` for the epoch. */
  _id: string;
  revision: string;
  /** The object; the epoch itself. */
  json: string;
  /** Of `json`: memory cards flip bits. */
  sum: string;
}

type Opened = ReturnType<typeof Datastore.create>;

export interface Saved {
  id: string;
  revision: string;
  json: string;
}

export interface CopyFileOptions {
  /** Must be there. */
  directory: string;
  log: Logger;
}

/** A file that has grown beyond this, and to four times what is in it, is compacted. Bytes. */
const compactAbove = 1024 * 1024;
/** Errors of a disk that can be read all the same. */
const takesNothing = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

export class CopyFile {
  private readonly options: CopyFileOptions;
  private store: Opened | undefined;
  /** Bytes of what is in it. */
  private readonly sizes = new Map<string, number>();

  constructor(options: CopyFileOptions) {
    this.options = options;
  }

  private get path(): string {
    return join(this.options.directory, 'desired.db');
  }

  /**
   * Repairs and loads; answers all that is readable. On a disk that takes nothing, what is there is answered all the same:
   * a board runs what it ran; a save is then rejected, and the next `open` tries again.
   */
  async open(): Promise<Saved[]> {
    const { log } = this.options;
    const saved: Saved[] = [];
    for (const { _id, revision, json, sum } of await this.load()) {
      if (typeof json === 'string' && sum === sumOf(json)) {
        saved.push({ id: _id, revision, json });
        this.sizes.set(_id, json.length);
      } else {
        log.error(
          { id: _id },
          'an object of the desired state was damaged on the disk: it will be asked for again',
        );
        await this.store?.remove({ _id }, {});
      }
    }
    return saved;
  }

  private async load(): Promise<Document[]> {
    const { log } = this.options;
    try {
      const { damaged, backup } = await repairDatafile(this.path);
      if (damaged > 0)
        log.error({ damaged, backup }, 'the copy of the desired state was damaged; the rest is kept');
      // Secrets are in it.
      const modes = { fileMode: 0o600, dirMode: 0o700 };
      const settings = { filename: this.path, corruptAlertThreshold: 0, modes };
      const store = Datastore.create(settings);
      // Writes the file anew.
      await store.load();
      this.store = store;
      return await store.find<Document>({});
    } catch (error) {
      if (!takesNothing.has(errorCode(error))) throw error;
      log.error({ err: error }, 'the copy of the desired state can be read, but not be changed');
      return documentsOf(await readRecords(this.path));
    }
  }

  /**
   * Resolves when all of it is on the disk. Rejects when the disk refuses: what is in memory and in the file may then
   * differ, and the file must be opened anew.
   */
  async save(set: readonly Saved[], gone: readonly string[]): Promise<void> {
    const { store } = this;
    if (!store) throw new Error('the copy is not open');
    for (const { id, revision, json } of set) {
      await store.update({ _id: id }, { _id: id, revision, json, sum: sumOf(json) }, { upsert: true });
      this.sizes.set(id, json.length);
    }
    for (const id of gone) {
      await store.remove({ _id: id }, {});
      this.sizes.delete(id);
    }
    await this.sync();
    await this.compactIfLarge(store);
  }

  /** NeDB appends without syncing. A descriptor of our own for each time: compaction replaces the file. */
  private async sync(): Promise<void> {
    const file = await open(this.path, 'r+');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  private async compactIfLarge(store: Opened): Promise<void> {
    const { size } = await stat(this.path);
    const live = [...this.sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (size < compactAbove || size < 4 * live) return;
    await new Promise<void>((resolve) => {
      store.once('compactionDone', () => resolve());
      store.persistence.compactDatafile();
    });
  }
}

/** As NeDB reads it: the last line of an id counts. */
function documentsOf(records: readonly object[]): Document[] {
  const documents = new Map<string, Document>();
  for (const record of records as (Document & { $$deleted?: boolean })[]) {
    if (record.$$deleted) documents.delete(record._id);
    else documents.set(record._id, record);
  }
  return [...documents.values()];
}

function sumOf(json: string): string {
  return createHash('sha256').update(json).digest('base64').slice(0, 8);
}
