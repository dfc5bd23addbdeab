// What keeps the containers of one agent to their limits: control groups that it makes itself, or scopes that systemd makes.

import type { Cgroup } from './cgroup.ts';
import type { Controller } from './hierarchies.ts';
import type { CgroupLimits } from './limit-writes.ts';

/** How the processes of a container get into its group. */
export interface GroupEntry {
  /** Files into which a process writes `0` to enter. */
  doors: readonly string[];
  /** Words before a program that make the group, and the program the first in it; `env`: what the program is to have. */
  words(env: Readonly<Record<string, string>>): string[];
  /** A file of the group that counts what the kernel ended in it, to be read before the last process leaves: then it is gone. */
  oomEvents?: string;
}

export const noGroup: GroupEntry = { doors: [], words: () => [] };

export interface ContainerGroups {
  /** Why a controller cannot be used here. */
  readonly lacking: ReadonlyMap<Controller, string>;
  /** Of a new container's group. `container` is unique in its pod. */
  nameFor(podUid: string, container: string): string;
  /** By its name; it need not be there. */
  group(name: string): Cgroup;
  /** Throws when the board refuses. */
  prepare(name: string, limits: CgroupLimits): GroupEntry;
  /** While it runs. Throws when the board refuses. */
  change(name: string, limits: CgroupLimits): Promise<void>;
  /** Of all groups that there are. */
  names(): string[];
  /** After a container has gone. */
  tidy(): void;
  /** Leaves nothing behind where no container is left. */
  close(): Promise<void>;
}
