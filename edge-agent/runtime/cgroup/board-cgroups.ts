// The control groups of one agent: a tree of its own, below which every container has one. What the board lets us do
// is found out by trying.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { Cgroup } from './cgroup.ts';
import {
  boardHierarchies,
  type Controller,
  controllers,
  type GroupFolder,
  hierarchyOf,
  parseMembership,
} from './hierarchies.ts';

/** A file that is only there when the controller can limit. */
const limitFile: Record<Controller, Record<1 | 2, string>> = {
  cpu: { 1: 'cpu.cfs_quota_us', 2: 'cpu.max' },
  cpuacct: { 1: 'cpuacct.usage', 2: 'cpu.stat' },
  memory: { 1: 'memory.limit_in_bytes', 2: 'memory.max' },
  pids: { 1: 'pids.max', 2: 'pids.max' },
};

export class BoardCgroups {
  /** Why a controller cannot be used here. */
  readonly lacking: ReadonlyMap<Controller, string>;
  private readonly root: Cgroup;

  private constructor(root: Cgroup, lacking: ReadonlyMap<Controller, string>) {
    this.root = root;
    this.lacking = lacking;
  }

  /** `name`: of the agent's tree; no other agent of the board may have the same. Leaves nothing behind. */
  static open(name: string): BoardCgroups {
    const usable = new Map<Controller, GroupFolder>();
    const lacking = new Map<Controller, string>();
    for (const controller of controllers) {
      const attempt = tryController(controller, name);
      if (typeof attempt === 'string') lacking.set(controller, attempt);
      else usable.set(controller, attempt);
    }
    const cgroups = new BoardCgroups(new Cgroup(usable), lacking);
    cgroups.removeIfEmpty();
    return cgroups;
  }

  /** The group of a container; it need not be there. */
  group(name: string): Cgroup {
    return inside(this.root, name);
  }

  /** A new group. Throws when the board refuses. */
  make(name: string): Cgroup {
    const group = this.group(name);
    this.root.make();
    // As the kubelet has it: all pods together weigh as much as the board has cores.
    this.root.limit({ cpuRequestMillis: 1000 * availableParallelism() });
    this.root.passOn();
    group.make();
    return group;
  }

  /** Of all groups that there are. */
  names(): string[] {
    const found = new Set<string>();
    for (const { path } of this.root.folders.values()) {
      if (!existsSync(path)) continue;
      for (const entry of readdirSync(path, { withFileTypes: true }))
        if (entry.isDirectory()) found.add(entry.name);
    }
    return [...found];
  }

  /** The agent's tree goes with its last group. */
  removeIfEmpty(): void {
    if (this.names().length === 0) this.root.remove();
  }
}

function inside(group: Cgroup, name: string): Cgroup {
  const folders = [...group.folders].map(
    ([controller, { version, path }]) => [controller, { version, path: join(path, name) }] as const,
  );
  return new Cgroup(new Map(folders));
}

/** Makes a group and looks whether it can be limited; the tree's folder, or why not. */
function tryController(controller: Controller, name: string): GroupFolder | string {
  const hierarchies = boardHierarchies();
  const hierarchy = hierarchyOf(controller, hierarchies);
  if (!hierarchy) return whyMissing(controller);
  const own = parseMembership(readFileSync('/proc/self/cgroup', 'utf8'), hierarchies).get(controller);
  const asRoot = process.getuid?.() === 0;
  // Who is not root may have been given the part of the tree that its own group is in.
  const { mountPoint } = hierarchy;
  const base = asRoot || !own || own.path === mountPoint ? mountPoint : dirname(own.path);
  const { version } = hierarchy;
  const folder = (path: string) => new Cgroup(new Map([[controller, { version, path }]]));
  const tree = folder(join(base, name));
  const trial = folder(join(base, name, `trial-${process.pid}`));
  try {
    if (asRoot) folder(base).passOn();
    tree.make();
    tree.passOn();
    trial.make();
    if (existsSync(join(base, name, `trial-${process.pid}`, limitFile[controller][version])))
      return { version, path: join(base, name) };
    return `this kernel's ${controller} cgroup cannot limit`;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return asRoot
      ? `no cgroup can be made: ${why}`
      : 'the agent does not run as root, and no part of the cgroup tree is delegated to it';
  } finally {
    trial.remove();
    if (!readableNames(join(base, name)).length) tree.remove();
  }
}

function readableNames(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function whyMissing(controller: Controller): string {
  if (controller !== 'memory') return `this kernel has no ${controller} cgroup`;
  const remedy = "add 'cgroup_enable=memory cgroup_memory=1' to /boot/firmware/cmdline.txt and restart it";
  return `the memory cgroup of this board is switched off: on Raspberry Pi OS ${remedy}`;
}
