// Keeps a container's log within its bounds. conmon writes it, in the CRI format, with or without an agent; here it is
// put aside when it is full, and conmon told to begin a new one. A quiet container costs nothing: the file is watched, and
// looked at once a while after it was written to.

import { constants, type FSWatcher, watch } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger, Timer } from '../../../shared/base/index.ts';
import { type LogLimits, rotatedLogs } from '../log-rotation.ts';

interface Options {
  logPath: string;
  /** The container's folder at podman, with conmon's control pipe. */
  bundle: string;
  limits: LogLimits;
  clock: Clock;
  log: Logger;
}

/** How long after a line was written the log's size is looked at. */
const lookAfterMs = 2000;
/** conmon's word for: open the log anew. */
const reopen = '2 0 0\n';

export class LogKeeper {
  private readonly options: Options;
  private watcher: FSWatcher | undefined;
  private timer: Timer | undefined;
  private work: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(options: Options) {
    this.options = options;
  }

  start(): void {
    this.later();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    this.watcher?.close();
    await this.work;
  }

  private later(): void {
    if (this.stopped) return;
    this.timer = this.options.clock.after(lookAfterMs, () => {
      this.work = this.look()
        .catch((error) => this.options.log.warn({ err: error, log: this.options.logPath }, 'keeping a log'))
        .then(() => this.watch());
    });
  }

  private watch(): void {
    if (this.stopped) return;
    this.watcher?.close();
    try {
      this.watcher = watch(this.options.logPath, { persistent: false }, () => this.rung());
      this.watcher.on('error', () => this.rung());
    } catch {
      this.later(); // the file is not there in this moment
    }
  }

  private rung(): void {
    this.watcher?.close();
    this.watcher = undefined;
    this.timer?.cancel();
    this.later();
  }

  private async look(): Promise<void> {
    const { logPath, limits } = this.options;
    const found = await stat(logPath).catch(() => undefined);
    if (found && found.size >= limits.maxSize) await this.rotate();
  }

  private async rotate(): Promise<void> {
    const { logPath, limits, bundle } = this.options;
    const before = await rotatedLogs(logPath);
    // Not waited for: without conmon nobody reads the pipe.
    const control = await open(join(bundle, 'ctl'), constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      await rename(logPath, `${logPath}.${(before.at(-1)?.number ?? 0) + 1}`);
      await control.write(reopen);
    } finally {
      await control.close();
    }
    await this.prune(limits);
  }

  /** By number, and by size: what was written too fast must not take more room than all files may together. */
  private async prune({ maxSize, maxFiles }: LogLimits): Promise<void> {
    const rotated = await rotatedLogs(this.options.logPath);
    let room = maxSize * (maxFiles - 1);
    let count = 0;
    for (const { path } of rotated.reverse()) {
      room -= (await stat(path)).size;
      count++;
      if (count > 1 && (count >= maxFiles || room < 0)) await rm(path, { force: true });
    }
  }
}
