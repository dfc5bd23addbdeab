// How large the logs of one container may become, and the names of those that were put aside: both runtimes keep to it.

import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface LogLimits {
  /** Bytes after which the log is put aside and a new one begun. */
  maxSize: number;
  /** How many files there are at most, the newest included. */
  maxFiles: number;
}

/** The kubelet's defaults. */
export const defaultLogLimits: LogLimits = { maxSize: 10 * 1024 * 1024, maxFiles: 5 };

/** The log's files that were put aside, oldest first: `0.log.1`, `0.log.2`, … */
export async function rotatedLogs(logPath: string): Promise<{ path: string; number: number }[]> {
  const prefix = `${basename(logPath)}.`;
  const names = await readdir(dirname(logPath)).catch(() => []);
  return names
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => ({ path: join(dirname(logPath), name), number: Number(name.slice(prefix.length)) }))
    .sort((a, b) => a.number - b.number);
}
