// One control group, whichever version its files are of: limits, usage, who is in it, and its end.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../../../shared/base/index.ts';
import { boardHierarchies, type Controller, type GroupFolder, parseMembership } from './hierarchies.ts';
import { type CgroupLimits, limitWrites } from './limit-writes.ts';

export interface CgroupUsage {
  /** CPU time of all that ever was in it, seconds. */
  cpuSeconds: number;
  /** Bytes that could not be had back at once: without file pages that were not used lately. Absent: not counted here. */
  workingSetBytes?: number;
  rssBytes?: number;
  /** Processes and threads. */
  pids?: number;
}

const weightFile = {
  1: { file: 'cpu.shares', least: 2, most: 262_144 },
  2: { file: 'cpu.weight', least: 1, most: 10_000 },
};

const killWaitMs = 20;
const killTries = 250;

/** Where somebody else makes groups for us, as systemd does. */
const isNotOurs = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'EROFS' || error.code === 'EACCES');

const isGone = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENODEV');

export class Cgroup {
  /** By controller; those that this board lacks are absent. */
  readonly folders: ReadonlyMap<Controller, GroupFolder>;

  constructor(folders: ReadonlyMap<Controller, GroupFolder>) {
    this.folders = folders;
  }

  /** The group that a process is in; undefined when it is gone. */
  static ofProcess(pid: number): Cgroup | undefined {
    const text = readIfThere(`/proc/${pid}/cgroup`);
    return text === undefined ? undefined : new Cgroup(parseMembership(text, boardHierarchies()));
  }

  /** Where its path has that name in it; undefined: nowhere. */
  within(name: string): Cgroup | undefined {
    const named = [...this.folders].filter(([, { path }]) => path.includes(name));
    return named.length > 0 ? new Cgroup(new Map(named)) : undefined;
  }

  /** The group below it; it need not be there. */
  inside(name: string): Cgroup {
    const folders = [...this.folders].map(
      ([controller, { version, path }]) => [controller, { version, path: join(path, name) }] as const,
    );
    return new Cgroup(new Map(folders));
  }

  /** The group right above it. */
  get parent(): Cgroup {
    const folders = [...this.folders].map(
      ([controller, { version, path }]) => [controller, { version, path: dirname(path) }] as const,
    );
    return new Cgroup(new Map(folders));
  }

  /** The names of the groups right below it. */
  members(): string[] {
    const found = new Set<string>();
    for (const path of this.paths) {
      if (!existsSync(path)) continue;
      for (const entry of readdirSync(path, { withFileTypes: true }))
        if (entry.isDirectory()) found.add(entry.name);
    }
    return [...found];
  }

  /** Where cores are fought over it gets as little as can be. */
  weighLeast(): void {
    const { version, path } = this.folders.get('cpu') ?? {};
    if (version && path) writeIfThere(join(path, weightFile[version].file), `${weightFile[version].least}`);
  }

  /** Where cores are fought over it gets what those right below it, or some of them, would get without it. */
  weighAsMembers(counts: (name: string) => boolean = () => true): void {
    const { version, path } = this.folders.get('cpu') ?? {};
    if (!version || !path || !existsSync(path)) return;
    const { file, least, most } = weightFile[version];
    const weights = this.members()
      .filter(counts)
      .map((name) => Number(readIfThere(join(path, name, file)) ?? 0));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    writeIfThere(join(path, file), `${Math.min(most, Math.max(least, sum))}`);
  }

  /** Files into which a process writes `0` to enter. */
  get doors(): string[] {
    return this.paths.map((path) => join(path, 'cgroup.procs'));
  }

  /** Its parent must be there. Idempotent. */
  make(): void {
    for (const path of this.paths) mkdirSync(path, { recursive: true });
  }

  /** Lets groups inside of it have these controllers: a matter of version 2 alone. */
  passOn(): void {
    for (const [controller, { version, path }] of this.folders) {
      if (version === 1 || controller === 'cpuacct') continue;
      writeFileSync(join(path, 'cgroup.subtree_control'), `+${controller}`);
    }
  }

  /** What a controller that is not there would limit is left out. Throws with the file's name when the kernel refuses. */
  limit(limits: CgroupLimits): void {
    for (const version of [1, 2] as const) {
      for (const { controller, file, value, optional } of limitWrites(limits, version)) {
        const folder = this.folders.get(controller);
        if (folder?.version !== version) continue;
        const path = join(folder.path, file);
        if (optional && !existsSync(path)) continue;
        try {
          writeFileSync(path, value);
        } catch (cause) {
          const why = cause instanceof Error ? cause.message : String(cause);
          throw new Error(`writing ${value} to ${path}: ${why}`, { cause });
        }
      }
    }
  }

  /** Of all that is in it and below it together; undefined: as many as the board. Answers false where nobody counts them. */
  limitProcesses(most: number | undefined): boolean {
    const pids = this.folders.get('pids');
    return pids !== undefined && writeIfThere(join(pids.path, 'pids.max'), `${most ?? 'max'}`);
  }

  /** Undefined when it is gone. */
  usage(): CgroupUsage | undefined {
    const cpuSeconds = this.cpuSeconds();
    if (cpuSeconds === undefined) return undefined;
    return { cpuSeconds, ...this.memory(), ...this.pidCount() };
  }

  /** The file that counts them; undefined: nobody does. */
  get oomEvents(): string | undefined {
    const memory = this.folders.get('memory');
    return memory && join(memory.path, memory.version === 1 ? 'memory.oom_control' : 'memory.events');
  }

  /** How many processes of it the kernel ended for want of memory. */
  oomKills(): number {
    const text = (this.oomEvents && readIfThere(this.oomEvents)) ?? '';
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  processes(): number[] {
    const found = new Set<number>();
    for (const door of this.doors) {
      for (const line of (readIfThere(door) ?? '').split('\n')) if (line) found.add(Number(line));
    }
    return [...found];
  }

  /** Ends everything in it, also what is started meanwhile. Answers false when something does not die. */
  async kill(clock: Clock): Promise<boolean> {
    for (let tries = 0; tries < killTries; tries++) {
      if (this.processes().length === 0) return true;
      this.killOnce();
      if (this.processes().length === 0) return true;
      await clock.sleep(killWaitMs);
    }
    return false;
  }

  /** Idempotent. Answers false while something is in it. */
  remove(): boolean {
    return this.paths.every((path) => {
      try {
        rmdirSync(path);
        return true;
      } catch (error) {
        if (isGone(error)) return true;
        if (isNotOurs(error)) return !existsSync(path);
        if (error instanceof Error && 'code' in error && error.code === 'EBUSY') return false;
        throw error;
      }
    });
  }

  private get paths(): string[] {
    return [...new Set([...this.folders.values()].map(({ path }) => path))];
  }

  private killOnce(): void {
    const pids = this.folders.get('pids');
    const all = pids && join(pids.path, 'cgroup.kill');
    if (all && pids.version === 2 && writeIfThere(all, '1')) return;
    // Who may not fork cannot outrun the signals.
    if (pids) writeIfThere(join(pids.path, 'pids.max'), '0');
    for (const pid of this.processes()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended in the same moment.
      }
    }
  }

  private cpuSeconds(): number | undefined {
    const text = this.read('cpuacct', 'cpuacct.usage', 'cpu.stat');
    if (text === undefined) return undefined;
    const microseconds = /^usage_usec (\d+)$/m.exec(text)?.[1];
    return microseconds === undefined ? Number(text) / 1e9 : Number(microseconds) / 1e6;
  }

  private memory(): Pick<CgroupUsage, 'workingSetBytes' | 'rssBytes'> {
    const current = this.read('memory', 'memory.usage_in_bytes', 'memory.current');
    const stat = this.read('memory', 'memory.stat', 'memory.stat');
    if (current === undefined || stat === undefined) return {};
    const inactive = fieldOf(stat, 'total_inactive_file') ?? fieldOf(stat, 'inactive_file') ?? 0;
    const rssBytes = fieldOf(stat, 'total_rss') ?? fieldOf(stat, 'anon') ?? 0;
    return { workingSetBytes: Math.max(0, Number(current) - inactive), rssBytes };
  }

  private pidCount(): Pick<CgroupUsage, 'pids'> {
    const text = this.read('pids', 'pids.current', 'pids.current');
    return text === undefined ? {} : { pids: Number(text) };
  }

  private read(controller: Controller, v1: string, v2: string): string | undefined {
    const folder = this.folders.get(controller);
    return folder && readIfThere(join(folder.path, folder.version === 1 ? v1 : v2));
  }
}

function fieldOf(stat: string, name: string): number | undefined {
  const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1];
  return value === undefined ? undefined : Number(value);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isGone(error) || !existsSync(dirname(path))) return undefined;
    throw error;
  }
}

function writeIfThere(path: string, value: string): boolean {
  if (!existsSync(path)) return false;
  try {
    writeFileSync(path, value);
    return true;
  } catch (error) {
    if (isGone(error) || isNotOurs(error)) return false;
    throw error;
  }
}
