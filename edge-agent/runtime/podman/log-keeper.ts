// Keeps a container's log within its bounds. conmon writes it in the CRI format, with or without an agent, and puts a new
// file in its place when it is full. Here the file that is written to also has the next number's name (a hard link), so that
// nothing is lost at that moment; afterwards the new one gets a number, and the oldest go. That has to come before the next
// one is full. A quiet container costs nothing: its log is looked at once a while after it was written to.

import { type FSWatcher, type Stats, watch } from 'node:fs';
import { link, rm, stat } from 'node:fs/promises';
import type { Clock, Logger, Timer } from '../../../shared/base/index.ts';
import { type LogLimits, rotatedLogs } from '../log-rotation.ts';

interface Options {
  logPath: string;
  limits: LogLimits;
  clock: Clock;
  log: Logger;
}

/** Bytes a second: more than conmon writes (measured: 54 MB). */
const fastestWriter = 60_000_000;
const shortestMs = 5;
const longestMs = 1000;

export class LogKeeper {
  private readonly options: Options;
  private watcher: FSWatcher | undefined;
  private timer: Timer | undefined;
  private work: Promise<void> = Promise.resolve();
  private stopped = false;
  /** How long after a line was written the log is looked at: no two files are filled by then. */
  private readonly lookAfterMs: number;
  /** The file that has a number. */
  private kept: string | undefined;

  constructor(options: Options) {
    this.options = options;
    const fillMs = (1000 * options.limits.maxSize) / fastestWriter;
    this.lookAfterMs = Math.min(longestMs, Math.max(shortestMs, fillMs));
  }

  start(): void {
    this.later(0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    this.watcher?.close();
    await this.work;
  }

  private later(ms = this.lookAfterMs): void {
    if (this.stopped) return;
    const { clock, log, logPath } = this.options;
    this.timer = clock.after(ms, () => {
      this.work = this.look()
        .catch((error) => log.warn({ err: error, log: logPath }, 'keeping a log within its bounds'))
        .then(() => this.watch());
    });
  }

  private watch(): void {
    if (this.stopped) return;
    try {
      this.watcher = watch(this.options.logPath, { persistent: false }, () => this.rung());
      this.watcher.on('error', () => this.rung());
    } catch {
      this.later(); // it is not there in this moment
    }
  }

  private rung(): void {
    if (!this.watcher) return;
    this.watcher.close();
    this.watcher = undefined;
    this.later();
  }

  private async look(): Promise<void> {
    const { logPath } = this.options;
    const current = await stat(logPath).catch(() => undefined);
    if (!current || identity(current) === this.kept) return;
    const numbered = await rotatedLogs(logPath);
    const newest = numbered.at(-1);
    if (newest && (await stat(newest.path)).ino === current.ino) {
      this.kept = identity(current);
      return;
    }
    const path = `${logPath}.${(newest?.number ?? 0) + 1}`;
    await link(logPath, path);
    // By now it may be the next one's.
    this.kept = identity(await stat(path));
    const { maxFiles } = this.options.limits;
    for (const { path } of numbered.slice(0, Math.max(0, numbered.length + 1 - maxFiles))) {
      await rm(path, { force: true });
    }
  }
}

/** The number alone may be that of a file that is gone. */
const identity = ({ ino, birthtimeMs }: Stats) => `${ino} ${birthtimeMs}`;
