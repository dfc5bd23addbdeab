// Holds containers to their limits with control groups of the agent's own, as far as the board lets it.

import { createHash } from 'node:crypto';
import { BoardCgroups, type Cgroup } from '../cgroup/index.ts';
import type { ContainerResources, Feature } from '../runtime.ts';
import { RuntimeFailure } from '../runtime.ts';
import type { ContainerMeta } from './container-folder.ts';

export class Confinement {
  /** What limits it would pass over, and why. */
  readonly shortcomings: ReadonlyMap<Feature, string>;
  private readonly cgroups: BoardCgroups;
  private readonly podPidsLimit: number | undefined;

  /** `directory`: of the runtime; agents with different ones do not get in each other's way. `podPidsLimit`: of each container. */
  constructor(directory: string, podPidsLimit: number | undefined) {
    this.podPidsLimit = podPidsLimit;
    this.cgroups = BoardCgroups.open(
      `kelp-${createHash('sha256').update(directory).digest('hex').slice(0, 8)}`,
    );
    const { lacking } = this.cgroups;
    const shortcomings = new Map<Feature, string>();
    const [cpu, memory] = [lacking.get('cpu'), lacking.get('memory')];
    if (cpu !== undefined) shortcomings.set('cpuLimit', cpu);
    if (memory !== undefined) shortcomings.set('memoryLimit', memory);
    this.shortcomings = shortcomings;
  }

  /** The name of a new container's group; undefined: it gets none. */
  nameFor({ podUid, name, id }: Pick<ContainerMeta, 'podUid' | 'name' | 'id'>): string | undefined {
    const none = this.cgroups.group('').doors.length === 0;
    return none ? undefined : `${podUid}-${name}-${id.slice(0, 8)}`;
  }

  /** Makes its group, limited. Throws RuntimeFailure(CreateContainerError). */
  confine({ cgroup }: ContainerMeta, limits: ContainerResources): void {
    if (cgroup === undefined) return;
    try {
      this.limit(this.cgroups.make(cgroup), limits);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new RuntimeFailure('CreateContainerError', `limiting the container: ${why}`, { cause });
    }
  }

  /** Throws with the file's name when the kernel refuses. */
  limit(cgroup: Cgroup, limits: ContainerResources): void {
    cgroup.limit({ ...limits, ...(this.podPidsLimit !== undefined && { pids: this.podPidsLimit }) });
  }

  groupOf({ cgroup }: ContainerMeta): Cgroup | undefined {
    return cgroup === undefined ? undefined : this.cgroups.group(cgroup);
  }

  /** Groups that no container has: an agent that was killed between two steps left them. */
  strangers(known: readonly ContainerMeta[]): Cgroup[] {
    const names = new Set(known.map(({ cgroup }) => cgroup));
    return this.cgroups
      .names()
      .filter((name) => !names.has(name))
      .map((name) => this.cgroups.group(name));
  }

  tidy(): void {
    this.cgroups.removeIfEmpty();
  }
}
