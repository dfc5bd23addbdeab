// Limits as properties of a systemd scope (systemd.resource-control(5)), also that there is none (any more). Pure.

import { type CgroupLimits, weightOf } from './limit-writes.ts';

export function scopeProperties({
  cpuMillis,
  cpuRequestMillis = 0,
  memoryBytes,
  pids,
}: CgroupLimits): string[] {
  return [
    // An empty one takes back what was set before. Tenths of a percent are systemd's finest.
    `CPUQuota=${cpuMillis === undefined ? '' : `${Math.max(1, cpuMillis / 10)}%`}`,
    `CPUWeight=${weightOf(cpuRequestMillis)}`,
    `MemoryMax=${memoryBytes ?? 'infinity'}`,
    `MemorySwapMax=${memoryBytes === undefined ? 'infinity' : 0}`,
    `TasksMax=${pids ?? 'infinity'}`,
  ];
}
