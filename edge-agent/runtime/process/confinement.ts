// Holds containers to their limits with control groups: of the agent's own as far as the board lets it, else with systemd's
// scopes.

import { createHash } from 'node:crypto';
import {
  BoardCgroups,
  type Cgroup,
  type ContainerGroups,
  type Controller,
  type GroupEntry,
  noGroup,
  SystemdScopes,
} from '../cgroup/index.ts';
import { type ContainerResources, type Feature, RuntimeFailure } from '../runtime.ts';
import type { ContainerMeta } from './container-folder.ts';
import type { Tools } from './tools.ts';

interface Options {
  /** Of the runtime; agents with different ones do not get in each other's way. */
  directory: string;
  /** Processes and threads of each pod. */
  podPidsLimit?: number | undefined;
  tools: Tools;
}

export class Confinement {
  /** What limits it would pass over, and why. */
  readonly shortcomings: ReadonlyMap<Feature, string>;
  private readonly groups: ContainerGroups;

  private constructor(groups: ContainerGroups, lacking: ReadonlyMap<Controller, string>) {
    this.groups = groups;
    const shortcomings = new Map<Feature, string>();
    const [cpu, memory] = [lacking.get('cpu'), lacking.get('memory')];
    if (cpu !== undefined) shortcomings.set('cpuLimit', cpu);
    if (memory !== undefined) shortcomings.set('memoryLimit', memory);
    this.shortcomings = shortcomings;
  }

  static async open({ directory, podPidsLimit: podPids, tools }: Options): Promise<Confinement> {
    const name = `kelp-${createHash('sha256').update(directory).digest('hex').slice(0, 8)}`;
    const of = { name, ...(podPids !== undefined && { podPids }) };
    const own = BoardCgroups.open(of);
    if (own.refused.size === 0) return new Confinement(own, own.lacking);
    const { 'systemd-run': systemdRun, systemctl } = tools;
    const scopes =
      systemdRun && systemctl
        ? await SystemdScopes.open({ ...of, tools: { systemdRun, systemctl } })
        : 'it is not installed';
    if (typeof scopes !== 'string' && scopes.lacking.size < own.lacking.size)
      return new Confinement(scopes, scopes.lacking);
    const why = typeof scopes === 'string' ? scopes : [...scopes.lacking.values()].join(', ');
    const lacking = [...own.lacking].map(
      ([controller, reason]) =>
        [controller, own.refused.has(controller) ? `${reason}; systemd-run: ${why}` : reason] as const,
    );
    return new Confinement(own, new Map(lacking));
  }

  /** The name of a new container's group; undefined: it gets none. */
  nameFor({ podUid, name, id }: Pick<ContainerMeta, 'podUid' | 'name' | 'id'>): string | undefined {
    const none = this.groups.group('').folders.size === 0;
    return none ? undefined : this.groups.nameFor(podUid, `${name}-${id.slice(0, 8)}`);
  }

  /** How it gets into its group, where it is held to these. Throws RuntimeFailure(CreateContainerError). */
  confine({ cgroup }: ContainerMeta, limits: ContainerResources): GroupEntry {
    if (cgroup === undefined) return noGroup;
    try {
      return this.groups.prepare(cgroup, limits);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new RuntimeFailure('CreateContainerError', `limiting the container: ${why}`, { cause });
    }
  }

  /** Throws when the board refuses. */
  async limit({ cgroup }: ContainerMeta, limits: ContainerResources): Promise<void> {
    // Without one it was not held to anything before.
    if (cgroup !== undefined) await this.groups.change(cgroup, limits);
  }

  groupOf({ cgroup }: ContainerMeta): Cgroup | undefined {
    return cgroup === undefined ? undefined : this.groups.group(cgroup);
  }

  /** Groups that no container has: an agent that was killed between two steps left them. */
  strangers(known: readonly ContainerMeta[]): Cgroup[] {
    const names = new Set(known.map(({ cgroup }) => cgroup));
    return this.groups
      .names()
      .filter((name) => !names.has(name))
      .map((name) => this.groups.group(name));
  }

  tidy(): void {
    this.groups.tidy();
  }

  close(): Promise<void> {
    return this.groups.close();
  }
}
