// The file of the durable copy: NeDB documents `{_id, revision, json, sum}`, and a promise that a batch is on the disk.

import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Datastore from 'nedb-promises';
import type { Logger } from '../../shared/base/index.ts';
import { repairDatafile } from './repair.ts';

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

  /** Repairs and loads; answers all that is readable. */
  async open(): Promise<Saved[]> {
    const { log } = this.options;
    const { damaged, backup } = await repairDatafile(this.path);
    if (damaged > 0)
      log.error({ damaged, backup }, 'the copy of the desired state was damaged; the rest is kept');
    // Secrets are in it.
    const modes = { fileMode: 0o600, dirMode: 0o700 };
    const settings = { filename: this.path, corruptAlertThreshold: 0, modes };
    const store = Datastore.create(settings);
    await store.load();
    this.store = store;
    const saved: Saved[] = [];
    for (const { _id, revision, json, sum } of await store.find<Document>({})) {
      if (typeof json === 'string' && sum === sumOf(json)) {
        saved.push({ id: _id, revision, json });
        this.sizes.set(_id, json.length);
      } else {
        log.error(
          { id: _id },
          'an object of the desired state was damaged on the disk: it will be asked for again',
        );
        await store.remove({ _id }, {});
      }
    }
    return saved;
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

function sumOf(json: string): string {
  return createHash('sha256').update(json).digest('base64').slice(0, 8);
}
