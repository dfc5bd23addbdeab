// What to write into a group's files for limits, in either version: also that there is none (any more). Pure; the formulas are
// the kubelet's and runc's.

import type { Controller } from './hierarchies.ts';

export interface CgroupLimits {
  /** Thousandths of a core: the most it gets, and its share where the cores are fought over. */
  cpuMillis?: number;
  cpuRequestMillis?: number;
  /** Bytes; swap does not add to them. */
  memoryBytes?: number;
  /** Processes and threads. */
  pids?: number;
}

export interface LimitWrite {
  controller: Controller;
  file: string;
  value: string;
  /** The kernel may be built without it: nothing is lost. */
  optional?: boolean;
}

const periodUs = 100_000;
/** The kernel's least. */
const leastQuotaUs = 1000;

export function limitWrites(limits: CgroupLimits, version: 1 | 2): LimitWrite[] {
  return version === 1 ? limitWritesV1(limits) : limitWritesV2(limits);
}

function limitWritesV1({ cpuMillis, cpuRequestMillis = 0, memoryBytes, pids }: CgroupLimits): LimitWrite[] {
  const writes: LimitWrite[] = [
    { controller: 'cpu', file: 'cpu.shares', value: `${sharesOf(cpuRequestMillis)}` },
  ];
  const quota = cpuMillis === undefined ? -1 : quotaOf(cpuMillis);
  writes.push({ controller: 'cpu', file: 'cpu.cfs_period_us', value: `${periodUs}` });
  writes.push({ controller: 'cpu', file: 'cpu.cfs_quota_us', value: `${quota}` });
  const withSwap = { controller: 'memory', file: 'memory.memsw.limit_in_bytes', optional: true } as const;
  // Memory with swap may never be less than memory: out of the way first.
  writes.push({ ...withSwap, value: '-1' });
  writes.push({ controller: 'memory', file: 'memory.limit_in_bytes', value: `${memoryBytes ?? -1}` });
  if (memoryBytes !== undefined) writes.push({ ...withSwap, value: `${memoryBytes}` });
  if (pids !== undefined) writes.push({ controller: 'pids', file: 'pids.max', value: `${pids}` });
  return writes;
}

function limitWritesV2({ cpuMillis, cpuRequestMillis = 0, memoryBytes, pids }: CgroupLimits): LimitWrite[] {
  const writes: LimitWrite[] = [
    { controller: 'cpu', file: 'cpu.weight', value: `${weightOf(cpuRequestMillis)}` },
  ];
  const quota = cpuMillis === undefined ? 'max' : quotaOf(cpuMillis);
  writes.push({ controller: 'cpu', file: 'cpu.max', value: `${quota} ${periodUs}` });
  const isLimited = memoryBytes !== undefined;
  const swap = isLimited ? '0' : 'max';
  writes.push({ controller: 'memory', file: 'memory.max', value: `${memoryBytes ?? 'max'}` });
  writes.push({ controller: 'memory', file: 'memory.swap.max', value: swap, optional: true });
  writes.push({
    controller: 'memory',
    file: 'memory.oom.group',
    value: isLimited ? '1' : '0',
    optional: true,
  });
  if (pids !== undefined) writes.push({ controller: 'pids', file: 'pids.max', value: `${pids}` });
  return writes;
}

function quotaOf(millis: number): number {
  return Math.max(leastQuotaUs, Math.floor((millis * periodUs) / 1000));
}

function sharesOf(millis: number): number {
  return Math.min(262_144, Math.max(2, Math.floor((millis * 1024) / 1000)));
}

export function weightOf(millis: number): number {
  return 1 + Math.floor(((sharesOf(millis) - 2) * 9999) / 262_142);
}
