// The control groups of one agent as scopes that systemd makes for it, where it may make none itself: as an ordinary user, or
// below a /sys/fs/cgroup that is read-only. All are in one slice of the agent's own.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Cgroup } from './cgroup.ts';
import type { ContainerGroups, GroupEntry } from './container-groups.ts';
import { type Controller, controllers, type GroupFolder, limitFile } from './hierarchies.ts';
import type { CgroupLimits } from './limit-writes.ts';
import { scopeProperties } from './plan-scope.ts';

export interface SystemdTools {
  systemdRun: string;
  systemctl: string;
}

interface Options {
  /** Of the agent's slice; no other agent of the board may have the same. */
  name: string;
  /** Processes and threads that each container may have; absent: as many as the board. */
  podPids?: number;
  tools: SystemdTools;
}

/** The shim that watches over a container is in its scope, and what keeps its stdin open. */
const pidsOfShim = 2;
const patienceMs = 10_000;
const mostSaid = 500;
/** Where a manager of the user's own is asked: systemd-run and systemctl look nowhere else. */
const runtimeFolder = 'XDG_RUNTIME_DIR';

export class SystemdScopes implements ContainerGroups {
  readonly lacking: ReadonlyMap<Controller, string>;
  private readonly options: Options;
  private readonly slice: Cgroup;

  private constructor(options: Options, slice: Cgroup, lacking: ReadonlyMap<Controller, string>) {
    this.options = options;
    this.slice = slice;
    this.lacking = lacking;
  }

  /** Why not, where systemd refuses. Leaves no scope behind. */
  static async open(options: Options): Promise<SystemdScopes | string> {
    const found = await trial(options);
    if (typeof found === 'string') return found;
    const lacking = new Map<Controller, string>();
    const usable = new Map<Controller, GroupFolder>();
    for (const controller of controllers) {
      const folder = found.get(controller);
      if (folder) usable.set(controller, folder);
      else lacking.set(controller, `systemd has no ${controller} cgroup for the scopes of this user`);
    }
    return new SystemdScopes(options, new Cgroup(usable), lacking);
  }

  nameFor(podUid: string, container: string): string {
    return `${podUid}-${container}.scope`;
  }

  group(name: string): Cgroup {
    return this.slice.inside(name);
  }

  prepare(name: string, limits: CgroupLimits): GroupEntry {
    const { oomEvents } = this.group(name);
    return {
      doors: [],
      words: (env) => runWords(this.options, name, this.bounded(limits), env),
      ...(oomEvents !== undefined && { oomEvents }),
    };
  }

  async change(name: string, limits: CgroupLimits): Promise<void> {
    await this.control('set-property', '--runtime', name, ...scopeProperties(this.bounded(limits)));
  }

  names(): string[] {
    return this.slice.members();
  }

  /** systemd removes a scope with its last process. */
  tidy(): void {}

  async close(): Promise<void> {
    // Of a scope that has just ended the group may still be there.
    const busy = this.names().some((name) => this.group(name).processes().length > 0);
    if (!busy) await this.control('stop', sliceOf(this.options));
  }

  private bounded(limits: CgroupLimits): CgroupLimits {
    const { podPids } = this.options;
    return { ...limits, ...(podPids !== undefined && { pids: podPids + pidsOfShim }) };
  }

  /** Throws with what systemctl says. */
  private async control(...words: string[]): Promise<void> {
    const { systemctl } = this.options.tools;
    const { code, said } = await run([...manager(systemctl), ...words]);
    if (code !== 0) throw new Error(`systemctl ${words[0]}: ${said}`);
  }
}

/** A dash would put it into a slice of another name, which then stays. */
const sliceOf = ({ name }: Options) => `${name.replaceAll('-', '_')}.slice`;

/** A program of systemd, told which manager to ask: the board's, or the user's own. */
function manager(program: string): string[] {
  const { uid } = userInfo();
  return uid === 0 ? [program] : ['/usr/bin/env', `${runtimeFolder}=/run/user/${uid}`, program, '--user'];
}

function runWords(
  options: Options,
  unit: string,
  limits: CgroupLimits,
  env: Readonly<Record<string, string>>,
): string[] {
  const own = env[runtimeFolder];
  return [
    ...manager(options.tools.systemdRun),
    ...['--scope', '--quiet', '--collect', `--slice=${sliceOf(options)}`, `--unit=${unit}`],
    ...scopeProperties(limits).flatMap((property) => ['-p', property]),
    ...['--', '/usr/bin/env', ...(own === undefined ? ['-u', runtimeFolder] : [`${runtimeFolder}=${own}`])],
  ];
}

/** The folders of the agent's slice, as a scope in it finds them; or why there is none. */
function trial(options: Options): Promise<Map<Controller, GroupFolder> | string> {
  const unit = `${options.name}-trial-${process.pid}.scope`;
  const limits = { cpuMillis: 1000, memoryBytes: 2 ** 30, pids: 100 };
  const words = [...runWords(options, unit, limits, {}), '/bin/sh', '-c', 'echo in; read -r line'];
  const [program = '', ...args] = words;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'pipe', cwd: '/', timeout: patienceMs });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(0, mostSaid);
    });
    child.stdin.on('error', () => {}); // It has ended: that is heard below.
    let found: Map<Controller, GroupFolder> | undefined;
    child.stdout.once('data', () => {
      const inside = Cgroup.ofProcess(child.pid ?? 0)?.within(unit);
      if (inside) found = sliceFolders(inside, unit);
      child.stdin.end('\n');
    });
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, signal) => {
      const words = said.trim().replaceAll('\n', ' ');
      resolve(found ?? (words || `it ended with ${signal ?? code}, in no scope`));
    });
  });
}

function sliceFolders({ folders }: Cgroup, unit: string): Map<Controller, GroupFolder> {
  const limiting = [...folders].filter(([controller, { version, path }]) =>
    existsSync(join(path, limitFile[controller][version])),
  );
  return new Map(
    limiting.map(([controller, { version, path }]) => [
      controller,
      { version, path: path.slice(0, -`/${unit}`.length) },
    ]),
  );
}

function run([program = '', ...args]: string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...{ stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', timeout: patienceMs },
    });
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(0, mostSaid);
    });
    child.once('error', ({ message }) => resolve({ code: -1, said: message }));
    child.once('close', (code) => resolve({ code: code ?? -1, said: said.trim() }));
  });
}
