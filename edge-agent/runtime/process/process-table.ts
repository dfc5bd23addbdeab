// What /proc says of processes: who is alive, and who belongs to a container. Linux only.

import { readdirSync, readFileSync } from 'node:fs';

/** Names one process for ever: a pid is reused, a pid with its start time is not (within one boot). */
export interface ProcessId {
  pid: number;
  /** Clock ticks since boot, field 22 of /proc/<pid>/stat. */
  startTime: string;
}

interface ProcessStat extends ProcessId {
  state: string;
  group: number;
  session: number;
}

/** The environment variable by which a container's processes are known even after they left its session. */
export const containerMarker = 'KELP_CONTAINER_ID';
/** The same for what one exec started. */
export const execMarker = 'KELP_EXEC_ID';

/** One line of /proc/<pid>/stat; the command name between the brackets may hold anything. */
export function parseStat(line: string): ProcessStat | undefined {
  const end = line.lastIndexOf(')');
  const pid = Number.parseInt(line, 10);
  const fields = line.slice(end + 2).split(' ');
  const [state, , group, session] = fields;
  const startTime = fields[19];
  if (end < 0 || !pid || !state || !startTime) return undefined;
  return { pid, state, group: Number(group), session: Number(session), startTime };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined; // The process ended meanwhile, or is another user's.
  }
}

function readStat(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

const isDead = (stat: ProcessStat) => stat.state === 'Z' || stat.state === 'X';

/** True while that very process runs; a zombie does not. */
export function isAlive(process: ProcessId): boolean {
  const stat = readStat(process.pid);
  return stat !== undefined && stat.startTime === process.startTime && !isDead(stat);
}

/** Changes with every start of the board. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

/** Environment as the process was started with; empty when it is gone or not ours to read. */
export function environmentOf(pid: number): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return {};
  }
  const pairs = text.split('\0').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

function carriesMarker(pid: number, marker: string, id: string): boolean {
  const environment = readText(`/proc/${pid}/environ`);
  return environment !== undefined && `\0${environment}`.includes(`\0${marker}=${id}\0`);
}

/** Every living process that was started by that exec, wherever it went since. */
export function processesOfExec(execId: string): ProcessId[] {
  const found: ProcessId[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid || !carriesMarker(pid, execMarker, execId)) continue;
    const stat = readStat(pid);
    if (stat && !isDead(stat)) found.push({ pid, startTime: stat.startTime });
  }
  return found;
}

/** True unless the number was given to another process meanwhile: then a session of that number is not ours. */
export function leadsStill(leader: ProcessId): boolean {
  const stat = readStat(leader.pid);
  return stat === undefined || stat.startTime === leader.startTime;
}

/** Every living process that is in the session or group of `leader`, or carries the container's marker. */
export function processesOf(containerId: string, leader: ProcessId | undefined): ProcessId[] {
  const session = leader && leadsStill(leader) ? leader.pid : undefined;
  const found: ProcessId[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const stat = readStat(pid);
    if (!stat || isDead(stat)) continue;
    const inSession = session !== undefined && (stat.session === session || stat.group === session);
    if (inSession || carriesMarker(pid, containerMarker, containerId))
      found.push({ pid, startTime: stat.startTime });
  }
  return found;
}

/** Signals that very process; false when it is gone. */
export function signal(target: ProcessId, name: NodeJS.Signals): boolean {
  if (!isAlive(target)) return false;
  try {
    process.kill(target.pid, name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw new Error(`signalling process ${target.pid}`, { cause: error });
  }
}
