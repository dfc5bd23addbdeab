// What containers use: as their control groups count it, else from /proc in one walk over all processes, whose container
// each is by its session or its marker.

import { readdirSync, readFileSync } from 'node:fs';
import type { Cgroup } from '../cgroup/index.ts';
import type { ContainerUsage } from '../runtime.ts';
import { containerMarker, environmentOf, leadsStill, type ProcessId, parseStat } from './process-table.ts';

/** USER_HZ: the unit of times in /proc, 100 on every architecture that Node.js runs on. */
const ticksPerSecond = 100;

export interface Measured {
  id: string;
  shim: ProcessId | undefined;
  cgroup: Cgroup | undefined;
}

/** From control groups where they count all; else from /proc. */
export function usageOf(containers: readonly Measured[]): ContainerUsage[] {
  const counted: ContainerUsage[] = [];
  const left: Measured[] = [];
  for (const container of containers) {
    const usage = container.cgroup?.usage();
    const memoryBytes = usage?.workingSetBytes;
    if (usage && memoryBytes !== undefined)
      counted.push({
        ...{ id: container.id, cpuSeconds: usage.cpuSeconds, memoryBytes },
        ...(usage.pids !== undefined && { processes: usage.pids }),
      });
    else left.push(container);
  }
  return left.length > 0 ? [...counted, ...usageFromProc(left)] : counted;
}

/** The containers' processes without their shims. What was used by those that have ended counts for their parents. */
export function usageFromProc(containers: readonly Omit<Measured, 'cgroup'>[]): ContainerUsage[] {
  const usages = new Map<string, Required<ContainerUsage>>(
    containers.map(({ id }) => [id, { id, cpuSeconds: 0, memoryBytes: 0, processes: 0 }]),
  );
  const sessions = new Map<number, string>();
  for (const { id, shim } of containers) if (shim && leadsStill(shim)) sessions.set(shim.pid, id);
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid || sessions.has(pid)) continue;
    const line = readText(`/proc/${pid}/stat`);
    const stat = parseStat(line);
    if (!stat) continue;
    const id = sessions.get(stat.session) ?? sessions.get(stat.group) ?? environmentOf(pid)[containerMarker];
    const usage = id === undefined ? undefined : usages.get(id);
    if (!usage) continue;
    usage.cpuSeconds += cpuSecondsOf(line);
    usage.memoryBytes += residentBytes(pid);
    usage.processes += threadsOf(line);
  }
  return [...usages.values()];
}

/** Field 20 of /proc/PID/stat. */
function threadsOf(line: string): number {
  return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[17] ?? 1);
}

/** Fields 14 to 17 of /proc/PID/stat: its own user and system time, and that of its children that it has waited for. */
export function cpuSecondsOf(line: string): number {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return ticks / ticksPerSecond;
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Empty: it has ended meanwhile. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
