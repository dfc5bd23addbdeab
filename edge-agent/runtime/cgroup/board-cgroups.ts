// The control groups of one agent: a tree of its own, in which every pod has one, and in that every container. What the board
// lets us do is found out by trying.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { Cgroup } from './cgroup.ts';
import type { ContainerGroups, GroupEntry } from './container-groups.ts';
import {
  boardHierarchies,
  type Controller,
  controllers,
  type GroupFolder,
  hierarchyOf,
  limitFile,
  parseMembership,
} from './hierarchies.ts';
import type { CgroupLimits } from './limit-writes.ts';

interface Options {
  /** Of the agent's tree; no other agent of the board may have the same. */
  name: string;
  /** Processes and threads that each pod may have; absent: as many as the board. */
  podPids?: number;
}

export class BoardCgroups implements ContainerGroups {
  readonly lacking: ReadonlyMap<Controller, string>;
  /** Of these the board has one; it only does not let this agent use it. */
  readonly refused: ReadonlySet<Controller>;
  private readonly root: Cgroup;
  private readonly podPids: number | undefined;

  private constructor(root: Cgroup, attempts: ReadonlyMap<Controller, Lacking>, podPids: number | undefined) {
    this.root = root;
    this.lacking = new Map([...attempts].map(([controller, { why }]) => [controller, why]));
    this.refused = new Set([...attempts].filter(([, { refused }]) => refused).map(([one]) => one));
    this.podPids = podPids;
  }

  /** Leaves nothing behind. */
  static open({ name, podPids }: Options): BoardCgroups {
    const usable = new Map<Controller, GroupFolder>();
    const lacking = new Map<Controller, Lacking>();
    for (const controller of controllers) {
      const attempt = tryController(controller, name);
      if ('why' in attempt) lacking.set(controller, attempt);
      else usable.set(controller, attempt);
    }
    const cgroups = new BoardCgroups(new Cgroup(usable), lacking, podPids);
    cgroups.tidy();
    return cgroups;
  }

  nameFor(podUid: string, container: string): string {
    return join(podUid, container);
  }

  group(name: string): Cgroup {
    return this.root.inside(name);
  }

  prepare(name: string, limits: CgroupLimits): GroupEntry {
    const group = this.group(name);
    const pod = this.group(dirname(name));
    this.root.make();
    // As the kubelet has it: all pods together weigh as much as the board has cores.
    this.root.limit({ cpuRequestMillis: 1000 * availableParallelism() });
    this.root.passOn();
    pod.make();
    pod.limitProcesses(this.podPids);
    pod.passOn();
    group.make();
    group.limit(limits);
    pod.weighAsMembers();
    return { doors: group.doors, words: () => [] };
  }

  async change(name: string, limits: CgroupLimits): Promise<void> {
    this.group(name).limit(limits);
    this.group(dirname(name)).weighAsMembers();
  }

  /** Of a pod without containers its own. */
  names(): string[] {
    return this.root.members().flatMap((pod) => {
      const containers = this.group(pod).members();
      return containers.length > 0 ? containers.map((name) => join(pod, name)) : [pod];
    });
  }

  /** The agent's tree goes with its last group. */
  tidy(): void {
    for (const name of this.root.members()) {
      const pod = this.group(name);
      if (pod.members().length > 0) pod.weighAsMembers();
      else pod.remove();
    }
    if (this.root.members().length === 0) this.root.remove();
  }

  async close(): Promise<void> {
    this.tidy();
  }
}

interface Lacking {
  why: string;
  /** The board has it. */
  refused: boolean;
}

/** Makes a group and looks whether it can be limited; the tree's folder, or why not. */
function tryController(controller: Controller, name: string): GroupFolder | Lacking {
  const hierarchies = boardHierarchies();
  const hierarchy = hierarchyOf(controller, hierarchies);
  if (!hierarchy) return { why: whyMissing(controller), refused: false };
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
    return { why: `this kernel's ${controller} cgroup cannot limit`, refused: false };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      why: asRoot
        ? `no cgroup can be made: ${why}`
        : 'the agent does not run as root, and no part of the cgroup tree is delegated to it',
      refused: true,
    };
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
