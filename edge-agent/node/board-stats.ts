// How much of the board's CPU was used since its start, and how much memory is in use now. Two reads of /proc.

import { readFile } from 'node:fs/promises';

export interface BoardStats {
  /** CPU time of all cores since the board's start, seconds. */
  cpuSeconds: number;
  memoryBytes: number;
  memoryAvailableBytes: number;
}

/** USER_HZ: the unit of times in /proc, 100 on every architecture that Node.js runs on. */
const ticksPerSecond = 100;

export async function boardStats(): Promise<BoardStats> {
  const [stat, meminfo] = await Promise.all([
    readFile('/proc/stat', 'utf8'),
    readFile('/proc/meminfo', 'utf8'),
  ]);
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
  const memoryAvailableBytes = bytes('MemAvailable');
  return {
    cpuSeconds: busySeconds(stat),
    memoryBytes: Math.max(0, bytes('MemTotal') - memoryAvailableBytes),
    memoryAvailableBytes,
  };
}

/** The line `cpu user nice system idle iowait irq softirq steal …` of /proc/stat; guests' time is in user's already. */
export function busySeconds(stat: string): number {
  const times = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ').map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = times;
  return (user + nice + system + irq + softirq + steal) / ticksPerSecond;
}
