// Whether the kernel killed a container for want of memory. conmon misses it for some kernels with cgroup v1, and once a
// container has ended its own counters are gone: the kernel's log still names its cgroup.

import { closeSync, constants, openSync, readSync } from 'node:fs';

const longestRecord = 8192;
const mostRecords = 50_000;

/** False too where the log may not be read. Asked only when a container was killed by nobody that we know of. */
export function wasOomKilled(containerId: string): boolean {
  let file: number;
  try {
    file = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return false; // not ours to read
  }
  try {
    const buffer = Buffer.alloc(longestRecord);
    for (let count = 0; count < mostRecords; count++) {
      const record = readRecord(file, buffer);
      if (record === undefined) return false;
      if (record.includes('oom-kill:') && record.includes(containerId)) return true;
    }
    return false;
  } finally {
    closeSync(file);
  }
}

/** Undefined: there is no more. Empty: it was overwritten meanwhile. */
function readRecord(file: number, buffer: Buffer): string | undefined {
  try {
    return buffer.toString('latin1', 0, readSync(file, buffer));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return '';
    return undefined;
  }
}
