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

export type CreatedPath = ContainerMeta['createdPaths'][number];

/** A place that the board lacks, and the mount that needs it. */
export interface MissingPlace {
  created: CreatedPath;
  mount: Mount;
}

const exists = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function failure({ index, containerPath }: Mount, why: string): RuntimeFailure {
  const field = index === undefined ? '' : `volumeMounts[${index}].mountPath: `;
  return new RuntimeFailure('CreateContainerConfigError', `${field}${containerPath}: ${why}`);
}

/** What goes wrong names the mount and the remedy. */
function naming<T>(mount: Mount, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof RuntimeFailure) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw failure(mount, `cannot be made on this board (${why}); run the agent as root or make the path`);
  }
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

/** Outermost first. */
function missingParents(path: string): string[] {
  const parent = dirname(path);
  return exists(parent) ? [] : [...missingParents(parent), parent];
}

/** Without the right to mount, a link stands in: the path is then the same for every program of the board. */
function kindFor({ hostPath }: Mount, how: 'bind' | 'link'): CreatedPath['kind'] {
  if (how === 'link') return 'link';
  return statSync(hostPath).isDirectory() ? 'folder' : 'file';
}

/** Throws where something is that cannot be the place: containers of the board's own files share its paths. */
function checkFits(mount: Mount, { path, kind }: CreatedPath): void {
  if (kind === 'link') {
    if (lstatSync(path).isSymbolicLink() && readlinkSync(path) === mount.hostPath) return;
    throw failure(mount, 'exists on this board, and mounting over it needs an agent that runs as root');
  }
  if (statSync(path).isDirectory() === (kind === 'folder')) return;
  const [found, wanted] = kind === 'folder' ? ['file', 'folder'] : ['folder', 'file'];
  throw failure(
    mount,
    `is a ${found} on this board, also for other pods, and no ${wanted} can be mounted there: choose another path`,
  );
}

/**
 * What the board lacks for the mounts beside what is `known` to be missing; outermost first, nothing is made. `how` says
 * what the agent may do. Throws RuntimeFailure(CreateContainerConfigError) naming the mount.
 */
export function missingPlaces(
  mounts: readonly Mount[],
  how: 'bind' | 'link',
  known: readonly MissingPlace[] = [],
): MissingPlace[] {
  const missing = new Map<string, MissingPlace>();
  const isKnown = (path: string) => missing.has(path) || known.some(({ created }) => created.path === path);
  mounts.forEach((mount, index) => {
    naming(mount, () => {
      // A mount inside of another mount needs its place there, as the outer one hides the board's.
      const path = placeOf(boardPath(mount.containerPath, mounts.slice(0, index)));
      const created = { path, kind: kindFor(mount, how) };
      if (exists(path)) return checkFits(mount, created);
      const parents = missingParents(path).map((parent) => ({ path: parent, kind: 'folder' as const }));
      for (const item of [...parents, created])
        if (!isKnown(item.path)) missing.set(item.path, { created: item, mount });
    });
  });
  return [...missing.values()];
}

/**
 * Makes them. `made` is filled as it goes, so that the caller can undo also after a failure; what somebody else made
 * meanwhile is not in it. Throws RuntimeFailure(CreateContainerConfigError) naming the mount and the remedy.
 */
export function makePlaces(places: readonly MissingPlace[], made: CreatedPath[]): void {
  for (const { created, mount } of places) {
    naming(mount, () => {
      if (makePlace(created, mount)) made.push(created);
      else checkFits(mount, created);
    });
  }
}

/** False: something is there. */
function makePlace({ path, kind }: CreatedPath, { hostPath }: Mount): boolean {
  try {
    if (kind === 'folder') mkdirSync(path, { mode: 0o755 });
    else if (kind === 'file') writeFileSync(path, '', { flag: 'wx', mode: 0o644 });
    else symlinkSync(hostPath, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
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
      else if (isUntouched(path, kind)) unlinkSync(path);
    } catch {
      // Not empty, or removed by someone else: it is no longer ours.
    }
  }
}

function isUntouched(path: string, kind: 'file' | 'link'): boolean {
  const found = lstatSync(path);
  return kind === 'link' ? found.isSymbolicLink() : found.isFile() && found.size === 0;
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

/** Each path once. */
export function withPaths(paths: readonly CreatedPath[], more: readonly CreatedPath[]): CreatedPath[] {
  return [...paths, ...more.filter(({ path }) => !paths.some((known) => known.path === path))];
}
