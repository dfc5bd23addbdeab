// What a container of the board's own file system sees: the board, its volumes, and, where it comes from an archive, its
// app at /run/kelp/app (or, without the right to mount, where that was unpacked).

import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../../shared/base/index.ts';
import type { ContainerSpec } from '../runtime.ts';
import type { ContainerFolder, ContainerMeta } from './container-folder.ts';
import type { ToBoardPath } from './find-command.ts';
import {
  boardPath,
  type CreatedPath,
  type MissingPlace,
  type Mount,
  makePlaces,
  missingPlaces,
  outerFirst,
  pointsOf,
  withPaths,
} from './mount-points.ts';
import { boardFileMounts, planOverlay, planReadOnly, planVolumes, type Setup } from './plan-mounts.ts';
import type { Tools } from './tools.ts';

/** What a container sees, and how that is set up; made on the board as far as that can be done before its start. */
export interface ContainerFiles {
  setup: Setup;
  toBoardPath: ToBoardPath;
}

export interface FilesRequest {
  spec: ContainerSpec;
  meta: ContainerMeta;
  folder: ContainerFolder;
  tools: Tools;
  /** Of its image. */
  imageFiles: string | undefined;
  log: Logger;
}

const appPath = '/run/kelp/app';

/** Where it runs if nobody says otherwise. */
export function boardWorkingDir(
  workingDir: string | undefined,
  app: string | undefined,
  mayMount: boolean,
): string {
  const home = app === undefined ? '/' : mayMount ? appPath : app;
  return workingDir ? join(workingDir.startsWith('/') ? '/' : home, workingDir) : home;
}

/** Where every pod has its account's token: another agent of this board may be removing it at this moment. */
const tokenPlace = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Places of the board where something of it will be mounted or linked. */
export function boardMountPoints(spec: ContainerSpec, app: boolean, mayMount: boolean): string[] {
  const own = app && mayMount ? [appPath] : [];
  return [...own, ...pointsOf(outerFirst(spec.mounts), spec.terminationMessagePath)];
}

/** Writes the container down before anything is made. Throws RuntimeFailure(CreateContainerConfigError) naming the mount. */
export async function boardFiles(request: FilesRequest): Promise<ContainerFiles> {
  const { spec, meta, folder, tools, imageFiles } = request;
  const volumes = outerFirst(spec.mounts);
  if (!meta.ownMounts) {
    await makeWrittenDown(request, missingPlaces(volumes, 'link'));
    return { setup: [], toBoardPath: (path) => path };
  }
  const app = imageFiles === undefined ? [] : [appMount(imageFiles)];
  const appPlaces = missingPlaces(app, 'bind');
  const places = [...appPlaces, ...missingPlaces(volumes, 'bind', appPlaces)];
  if (spec.terminationMessagePath) await makeTerminationLog(folder);
  const lastWords = placeForLastWords(request, volumes, places);
  const forLastWords = await makeWrittenDown(request, places, lastWords?.places ?? []);
  const mounts = lastWords && forLastWords ? [...volumes, lastWords.mount] : volumes;
  const planned = mounts.map(({ hostPath, containerPath, readOnly }) => ({
    ...{ source: hostPath, target: containerPath, readOnly },
    ...(containerPath === tokenPlace && { make: 'folder' as const }),
  }));
  const visible = [...mounts, ...app];
  return {
    setup: [...(await planApp(request)), ...planVolumes(tools, planned), ...keepReadOnly(request, mounts)],
    toBoardPath: (path) => boardPath(path, visible),
  };
}

const appMount = (hostPath: string): Mount => ({ hostPath, containerPath: appPath, readOnly: false });

async function planApp({ spec, meta, folder, tools, imageFiles }: FilesRequest): Promise<Setup> {
  if (imageFiles === undefined) return [];
  if (spec.securityContext?.readOnlyRootFilesystem || !meta.overlay)
    return planVolumes(tools, [{ source: imageFiles, target: appPath, readOnly: true }]);
  return planOverlay(tools, await overlayOf(folder, imageFiles), appPath);
}

/** Only where the board lets us make it: without it last words are lost, but nothing else is. */
function placeForLastWords(
  { spec, folder, log }: FilesRequest,
  volumes: readonly Mount[],
  known: readonly MissingPlace[],
): { mount: Mount; places: MissingPlace[] } | undefined {
  const containerPath = spec.terminationMessagePath;
  if (!containerPath) return undefined;
  const mount: Mount = { hostPath: folder.terminationLogPath, containerPath, readOnly: false };
  try {
    return { mount, places: missingPlaces([...volumes, mount], 'bind', known) };
  } catch (error) {
    log.warn({ err: error }, noLastWords);
    return undefined;
  }
}

const noLastWords = 'making a place for the last words of containers';

/**
 * Makes what is missing, and what is only wished for if it can; answers whether that could be made. An agent that is
 * killed in between finds on its next start what it was about to make. What somebody else made meanwhile is theirs: it is
 * taken out of what is written down.
 */
async function makeWrittenDown(
  { meta, folder, log }: FilesRequest,
  needed: readonly MissingPlace[],
  wished: readonly MissingPlace[] = [],
): Promise<boolean> {
  const intended = [...needed, ...wished].map(({ created }) => created);
  meta.createdPaths = withPaths(meta.createdPaths, intended);
  await folder.writeMeta(meta);
  const made: CreatedPath[] = [];
  let allMade = false;
  try {
    makePlaces(needed, made);
    allMade = tryMaking(wished, made, log);
  } finally {
    // By identity: what was inherited from another container meanwhile stays, though it was intended too.
    meta.createdPaths = meta.createdPaths.filter((item) => made.includes(item) || !intended.includes(item));
  }
  if (made.length < intended.length) await folder.writeMeta(meta);
  return allMade;
}

function tryMaking(places: readonly MissingPlace[], made: CreatedPath[], log: Logger): boolean {
  try {
    makePlaces(places, made);
    return true;
  } catch (error) {
    log.warn({ err: error }, noLastWords);
    return false;
  }
}

/** The folders in which what the container writes is kept, as long as it is. */
export async function overlayOf(
  folder: ContainerFolder,
  lower: string,
): Promise<{ lower: string; upper: string; work: string }> {
  const [upper, work] = [folder.upperPath, join(folder.path, 'work')];
  await mkdir(upper, { mode: 0o755 });
  await mkdir(work, { mode: 0o700 });
  return { lower, upper, work };
}

/** All of the board's file systems; only volumes can be written to. */
function keepReadOnly({ spec, tools }: FilesRequest, volumes: readonly Mount[]): Setup {
  if (!spec.securityContext?.readOnlyRootFilesystem) return [];
  const except = [appPath, ...volumes.map(({ containerPath }) => containerPath)];
  return planReadOnly(tools, boardFileMounts(readFileSync('/proc/self/mountinfo', 'utf8'), except));
}

/** Whoever the container runs as may write it. */
export async function makeTerminationLog(folder: ContainerFolder): Promise<void> {
  await writeFile(folder.terminationLogPath, '');
  await chmod(folder.terminationLogPath, 0o666);
}
