// Carries what a container wrote (its spool) into its log in the CRI format, with rotation. Exactly once, also over
// a kill of the agent: the position file says how far both files belong together, and the log is cut back to that.

import { type FSWatcher, statSync, watch } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../../shared/base/index.ts';
import { type LogLimits, rotatedLogs } from '../log-rotation.ts';

/** A longer line is written in parts, as containerd does. */
const longestLine = 16 * 1024;
const readSize = 64 * 1024;
/** So much of the spool may be consumed before its blocks are given back. */
const freeAfter = 4 * 1024 * 1024;
/** A container that writes all the time is read in gulps. */
const gulpMs = 20;

interface Options {
  spoolPath: string;
  positionPath: string;
  logPath: string;
  limits: LogLimits;
  clock: Clock;
  /** Gives the file's blocks before `length` back to the file system, without a gap in which lines could get lost. */
  free(path: string, length: number): Promise<void>;
  failed(error: unknown): void;
}

export class ContainerLog {
  private readonly options: Options;
  private spool: FileHandle | undefined;
  private log: FileHandle | undefined;
  private watcher: FSWatcher | undefined;
  private offset = 0;
  private logSize = 0;
  private freed = 0;
  /** Size of the spool when last looked at: an unfinished line is no reason to look again. */
  private seen = 0;
  private work: Promise<void> = Promise.resolve();
  private queued = false;
  private closed = false;

  constructor(options: Options) {
    this.options = options;
  }

  /** Catches up with what was written while nobody looked, then follows. */
  async start(): Promise<void> {
    const { spoolPath, logPath, limits } = this.options;
    this.spool = await open(spoolPath, 'r');
    await mkdir(dirname(logPath), { recursive: true, mode: 0o750 });
    await this.restorePosition();
    this.log = await open(logPath, 'a', 0o640);
    const size = (await this.spool.stat()).size;
    const bound = limits.maxSize * limits.maxFiles;
    if (size - this.offset > bound) {
      const left = size - bound - this.offset;
      this.options.failed(
        new Error(`${left} bytes are left out: more was written without an agent than is kept`),
      );
      this.offset = size - bound;
    }
    this.watcher = watch(spoolPath, { persistent: false }, () => this.wake());
    this.watcher.on('error', this.options.failed);
    this.wake();
  }

  /** Bytes of the spool that are given back: they read as zeroes. */
  get freedTo(): number {
    return this.freed;
  }

  /** Everything written so far stands in the log afterwards; `ended`: also a last line without its newline. */
  async drain(ended: boolean): Promise<void> {
    this.work = this.work.then(() => this.pump(ended)).catch(this.options.failed);
    await this.work;
  }

  async stop(): Promise<void> {
    this.closed = true;
    this.watcher?.close();
    await this.work;
    await this.spool?.close();
    await this.log?.close();
  }

  private wake(): void {
    if (this.queued || this.closed) return;
    this.queued = true;
    const { clock, failed } = this.options;
    this.work = this.work
      .then(() => (this.closed ? undefined : this.pump(false)))
      .catch(failed)
      .finally(() => clock.after(gulpMs, () => this.rested()));
  }

  /** Looks once more: what came in meanwhile woke nobody. */
  private rested(): void {
    this.queued = false;
    const size = statSync(this.options.spoolPath, { throwIfNoEntry: false })?.size ?? 0;
    if (size > this.offset && size !== this.seen) this.wake();
    this.seen = size;
  }

  private async restorePosition(): Promise<void> {
    const { positionPath, logPath } = this.options;
    const text = await readFile(positionPath, 'utf8').catch(() => '');
    const [offset = 0, logSize = 0] = text.split(' ').map(Number);
    this.offset = offset;
    this.freed = 0;
    const size = await stat(logPath).then(
      (found) => found.size,
      () => 0,
    );
    // Lines beyond the position are of a batch that was not finished: they come again.
    if (size > logSize) await truncate(logPath, logSize);
    this.logSize = Math.min(size, logSize);
  }

  private async pump(ended: boolean): Promise<void> {
    if (!this.spool || !this.log) return;
    for (;;) {
      const { bytesRead, buffer } = await this.spool.read(
        Buffer.allocUnsafe(readSize),
        0,
        readSize,
        this.offset,
      );
      if (bytesRead === 0) return;
      const { text, consumed } = toCri(
        buffer.subarray(0, bytesRead),
        this.options.clock.now(),
        ended && bytesRead < readSize,
      );
      if (consumed === 0) return;
      await this.append(text, consumed);
    }
  }

  private async append(text: string, consumed: number): Promise<void> {
    const bytes = Buffer.from(text, 'latin1');
    await this.log?.appendFile(bytes);
    this.logSize += bytes.length;
    this.offset += consumed;
    await this.writePosition();
    if (this.logSize >= this.options.limits.maxSize) await this.rotate();
    if (this.offset - this.freed >= freeAfter) {
      await this.options.free(this.options.spoolPath, this.offset);
      this.freed = this.offset;
    }
  }

  private async writePosition(): Promise<void> {
    await writeFile(this.options.positionPath, `${this.offset} ${this.logSize}`, { mode: 0o600 });
  }

  private async rotate(): Promise<void> {
    const { logPath, limits } = this.options;
    await this.log?.close();
    const rotated = await rotatedLogs(logPath);
    const newest = rotated.at(-1)?.number ?? 0;
    await rename(logPath, `${logPath}.${newest + 1}`);
    this.logSize = 0;
    await this.writePosition();
    this.log = await open(logPath, 'a', 0o640);
    const tooMany = rotated.slice(0, Math.max(0, rotated.length + 2 - limits.maxFiles));
    for (const { path } of tooMany) await rm(path, { force: true });
  }
}

/** Whole lines of `bytes` in the CRI format (in latin1: bytes pass through untouched). `ended`: also the rest. */
export function toCri(bytes: Buffer, now: number, ended: boolean): { text: string; consumed: number } {
  const stamp = `${new Date(now).toISOString().slice(0, -1)}000000Z stdout`;
  const lines: string[] = [];
  let from = 0;
  while (from < bytes.length) {
    const newline = bytes.indexOf(10, from);
    const end = newline < 0 ? bytes.length : newline;
    const whole = newline >= 0 && end - from <= longestLine;
    const cut = whole ? end : Math.min(end, from + longestLine);
    if (!whole && cut - from < longestLine && !ended) break;
    lines.push(`${stamp} ${whole ? 'F' : 'P'} ${bytes.toString('latin1', from, cut)}\n`);
    from = whole ? cut + 1 : cut;
  }
  return { text: lines.join(''), consumed: from };
}
