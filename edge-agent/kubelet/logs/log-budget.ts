// Keeps the logs of all pods together within a budget of the disk: of the pod that uses most, the oldest file goes first.
// What a running container writes to is never touched; it is bounded by its rotation.

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger, Timer } from '../../../shared/base/index.ts';

export interface LogFile {
  path: string;
  /** The pod's folder. */
  pod: string;
  size: number;
  modifiedAt: number;
}

interface Options {
  folder: string;
  /** Bytes. */
  budget: number;
  /** Log files of containers that run. */
  inUse(): Promise<ReadonlySet<string>>;
  clock: Clock;
  log: Logger;
}

const lookMs = 60_000;

/** What is to go, in order. Pure. */
export function planLogRemovals(
  files: readonly LogFile[],
  inUse: ReadonlySet<string>,
  budget: number,
): string[] {
  const used = new Map<string, number>();
  for (const { pod, size } of files) used.set(pod, (used.get(pod) ?? 0) + size);
  let left = files.reduce((sum, { size }) => sum + size, 0);
  const candidates = files
    .filter(({ path, size }) => size > 0 && !inUse.has(path))
    .sort((a, b) => a.modifiedAt - b.modifiedAt);
  const removed: string[] = [];
  while (left > budget && candidates.length > 0) {
    const most = Math.max(...candidates.map(({ pod }) => used.get(pod) ?? 0));
    const [next] = candidates.splice(
      candidates.findIndex(({ pod }) => used.get(pod) === most),
      1,
    );
    if (!next) break;
    removed.push(next.path);
    left -= next.size;
    used.set(next.pod, (used.get(next.pod) ?? 0) - next.size);
  }
  return removed;
}

export class LogBudget {
  private readonly options: Options;
  private timer: Timer | undefined;
  private work: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(options: Options) {
    this.options = options;
  }

  start(): void {
    const { clock, log } = this.options;
    this.work = this.enforce()
      .catch((error: unknown) => log.error({ err: error }, 'keeping logs within their budget'))
      .then(() => {
        if (!this.stopped) this.timer = clock.after(lookMs, () => this.start());
      });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.work;
  }

  async enforce(): Promise<void> {
    const { folder, budget, inUse, log } = this.options;
    const files = await logFiles(folder);
    const used = files.reduce((sum, { size }) => sum + size, 0);
    if (used <= budget) return;
    const removed = planLogRemovals(files, await inUse(), budget);
    for (const path of removed) await rm(path, { force: true });
    log.warn(
      { files: removed.length, budget },
      'logs were removed: together they were larger than their budget',
    );
  }
}

/** `folder/<pod>/<container>/<attempt>.log[.<n>]`. */
async function logFiles(folder: string): Promise<LogFile[]> {
  const found: LogFile[] = [];
  for (const pod of await names(folder)) {
    for (const container of await names(join(folder, pod))) {
      for (const name of await names(join(folder, pod, container))) {
        const path = join(folder, pod, container, name);
        const is = await stat(path).catch(() => undefined);
        if (is?.isFile()) found.push({ path, pod, size: is.size, modifiedAt: is.mtimeMs });
      }
    }
  }
  return found;
}

/** None where it is gone by now. */
const names = (folder: string) => readdir(folder).catch(() => []);
