// A log file that begins anew when it is full; old ones stay beside it for a while, under the time at which they were put
// away: audit-2026-01-02T03-04-05.678.log.

import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Clock } from '../../../shared/base/index.ts';
import type { LineFile } from './audit-log.ts';

export interface RotatingFileOptions {
  path: string;
  clock: Clock;
  /** Bytes of a file; what is longer and comes at once has one for itself. */
  maxBytes: number;
  /** Old files that are kept; 0: all. */
  maxBackups: number;
  /** Milliseconds for which they are kept; 0: for ever. */
  maxAge: number;
}

/** It tells who did what. */
const mode = 0o600;

export class RotatingFile implements LineFile {
  private readonly options: RotatingFileOptions;
  private file: FileHandle | undefined;
  private size = 0;

  constructor(options: RotatingFileOptions) {
    this.options = options;
  }

  /** Rejects where there can be no such file. */
  async open(): Promise<void> {
    await mkdir(dirname(this.options.path), { recursive: true });
    await this.opened();
    await this.prune();
  }

  async append(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(lines.join(''));
    let file = await this.opened();
    if (this.size > 0 && this.size + bytes.length > this.options.maxBytes) {
      await this.putAway();
      file = await this.opened();
      await this.prune();
    }
    try {
      await file.appendFile(bytes);
    } catch (error) {
      // Half a line would spoil the one that comes next.
      await file.truncate(this.size).catch(() => undefined);
      throw error;
    }
    this.size += bytes.length;
  }

  async close(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.close();
  }

  private async opened(): Promise<FileHandle> {
    if (this.file) return this.file;
    const file = await open(this.options.path, 'a', mode);
    this.size = (await file.stat()).size;
    this.file = file;
    return file;
  }

  private async putAway(): Promise<void> {
    const { path, clock } = this.options;
    await this.close();
    const at = new Date(clock.now()).toISOString().slice(0, -1).replaceAll(':', '-');
    await rename(path, join(dirname(path), `${this.prefix}${at}${extname(path)}`));
  }

  private get prefix(): string {
    const { path } = this.options;
    return `${basename(path, extname(path))}-`;
  }

  private async prune(): Promise<void> {
    const { path, clock, maxBackups, maxAge } = this.options;
    const folder = dirname(path);
    const backups = (await readdir(folder))
      .flatMap((name) => {
        const at = this.putAwayAt(name);
        return at === undefined ? [] : [{ name, at }];
      })
      .sort((one, other) => other.at - one.at);
    const old = backups.filter(
      ({ at }, index) => (maxBackups > 0 && index >= maxBackups) || (maxAge > 0 && clock.now() - at > maxAge),
    );
    for (const { name } of old) await rm(join(folder, name), { force: true });
  }

  /** Milliseconds since the epoch; undefined: it is no old file of this one. */
  private putAwayAt(name: string): number | undefined {
    const end = extname(this.options.path);
    if (!name.startsWith(this.prefix) || !name.endsWith(end)) return undefined;
    const text = name.slice(this.prefix.length, end ? -end.length : undefined);
    const [, day, hour, minute, rest] = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(text) ?? [];
    const at = Date.parse(`${day}T${hour}:${minute}:${rest}Z`);
    return Number.isNaN(at) ? undefined : at;
  }
}
