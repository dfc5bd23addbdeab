// What a process costs, read from /proc.

import { readFileSync } from 'node:fs';

/** Clock ticks a second: 100 on every Linux that we know of. */
const ticks = 100;

export interface ProcessCost {
  /** Resident memory, MiB (2^20). */
  rssMiB: number;
  /** Proportional share of memory, MiB. */
  pssMiB: number;
  /** CPU time since its start, seconds. */
  cpuSeconds: number;
  /** Bytes that it caused to be written to disk since its start. */
  writtenBytes: number;
}

export function costOf(pid: number): ProcessCost {
  const field = (text: string, name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return {
    rssMiB: field(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS') / 1024,
    pssMiB: field(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss') / 1024,
    cpuSeconds: (Number(stat[11]) + Number(stat[12])) / ticks,
    writtenBytes: field(readFileSync(`/proc/${pid}/io`, 'utf8'), 'write_bytes'),
  };
}

/** The value below which that share of the values lies, e.g. 0.5 for the median. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
