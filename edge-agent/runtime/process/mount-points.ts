// Places on the board where a container's mounts appear. What had to be made for them is remembered, and removed
// again once no container needs it: nothing is left behind on the board.

import {
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { RuntimeFailure } from '../runtime.ts';
import type { ContainerMeta } from './container-folder.ts';
import { mountPointsInUse } from './mount-table.ts';

export interface Mount {
  hostPath: string;
  containerPath: string;
  readOnly: boolean;
  /** Its place among the container's volumeMounts; the place for last words has none. */
  index?: number;
}

type CreatedPath = ContainerMeta['createdPaths'][number];

const exists = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function failure(mount: Mount, why: string): RuntimeFailure {
  return new RuntimeFailure(
    'CreateContainerConfigError',
    `volumeMounts[${mount.index}].mountPath: ${mount.containerPath}: ${why}`,
  );
}

/** Makes the missing parents of `path`, outermost first. */
function makeParents(path: string, created: CreatedPath[]): void {
  const parent = dirname(path);
  if (exists(parent)) return;
  makeParents(parent, created);
  mkdirSync(parent, { mode: 0o755 });
  created.push({ path: parent, kind: 'folder' });
}

const isWithin = (path: string, folder: string) =>
  path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`);

/** Where the board keeps what the container sees at `path`, given its mounts. */
export function boardPath(path: string, mounts: readonly Mount[]): string {
  const outer = mounts.filter((mount) => isWithin(path, mount.containerPath));
  const [mount] = outer.sort((a, b) => b.containerPath.length - a.containerPath.length);
  return mount ? mount.hostPath + path.slice(mount.containerPath.replace(/\/$/, '').length) : path;
}

/** Sorted so that a mount inside of another comes after it. */
export function outerFirst(mounts: readonly Mount[]): Mount[] {
  const depth = ({ containerPath }: Mount) => containerPath.split('/').filter(Boolean).length;
  return mounts.map((mount, index) => ({ ...mount, index })).sort((a, b) => depth(a) - depth(b));
}

/** On the board: where a mount inside of another really lies. */
export function pointsOf(mounts: readonly Mount[], lastWords: string | undefined): string[] {
  const paths = [...mounts.map(({ containerPath }) => containerPath), ...(lastWords ? [lastWords] : [])];
  return paths.map((path, index) => placeOf(boardPath(path, mounts.slice(0, index))));
}

/** Without links on the way to it: /var/run is one, and the kernel tells of mounts by where they are. */
function placeOf(path: string): string {
  return join(realFolder(dirname(path)), basename(path));
}

function realFolder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })) return realpathSync(path);
  return join(realFolder(dirname(path)), basename(path));
}

function makeBindTarget(mount: Mount, created: CreatedPath[]): void {
  if (statSync(mount.containerPath, { throwIfNoEntry: false })) return;
  makeParents(mount.containerPath, created);
  if (statSync(mount.hostPath).isDirectory()) {
    mkdirSync(mount.containerPath, { mode: 0o755 });
    created.push({ path: mount.containerPath, kind: 'folder' });
  } else {
    writeFileSync(mount.containerPath, '', { mode: 0o644 });
    created.push({ path: mount.containerPath, kind: 'file' });
  }
}

function pointsTo(path: string, target: string): boolean {
  return lstatSync(path).isSymbolicLink() && readlinkSync(path) === target;
}

/** Without the right to mount, a link stands in: the path is then the same for every program of the board. */
function makeLink(mount: Mount, created: CreatedPath[]): void {
  if (exists(mount.containerPath)) {
    if (pointsTo(mount.containerPath, mount.hostPath)) return;
    throw failure(mount, 'exists on this board, and mounting over it needs an agent that runs as root');
  }
  makeParents(mount.containerPath, created);
  symlinkSync(mount.hostPath, mount.containerPath);
  created.push({ path: mount.containerPath, kind: 'link' });
}

/**
 * Makes a place for every mount; `how` says what the agent may do. `created` is filled as it goes, so that the caller
 * can undo also after a failure. Throws RuntimeFailure(CreateContainerConfigError) naming the mount and the remedy.
 */
export function makeMountPoints(
  mounts: readonly Mount[],
  how: 'bind' | 'link',
  created: CreatedPath[],
): void {
  mounts.forEach((mount, index) => {
    try {
      // A mount inside of another mount needs its place there, as the outer one hides the board's.
      const containerPath = placeOf(boardPath(mount.containerPath, mounts.slice(0, index)));
      if (how === 'bind') makeBindTarget({ ...mount, containerPath }, created);
      else makeLink(mount, created);
    } catch (error) {
      if (error instanceof RuntimeFailure) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw failure(mount, `cannot be made on this board (${why}); run the agent as root or make the path`);
    }
  });
}

/**
 * Removes what was made, innermost first; what others put in stays. So does a path on which another agent's container
 * has something mounted: removing it would take the mount away.
 */
export function removeCreated(created: readonly CreatedPath[]): void {
  if (created.length === 0) return;
  const inUse = mountPointsInUse();
  for (const { path, kind } of [...created].reverse()) {
    if (inUse.has(path)) continue;
    try {
      if (kind === 'folder') rmdirSync(path);
      else unlinkSync(path);
    } catch {
      // Not empty, or removed by someone else: it is no longer ours.
    }
  }
}

/** Splits what one container made into what others still need, and what can go. */
export function splitByNeed(
  created: readonly CreatedPath[],
  others: readonly ContainerMeta[],
): { free: CreatedPath[]; needed: Map<ContainerMeta, CreatedPath[]> } {
  const free: CreatedPath[] = [];
  const needed = new Map<ContainerMeta, CreatedPath[]>();
  for (const item of created) {
    const heir = others.find((other) => other.mountPoints.some((point) => isWithin(point, item.path)));
    if (heir) needed.set(heir, [...(needed.get(heir) ?? []), item]);
    else free.push(item);
  }
  return { free, needed };
}
