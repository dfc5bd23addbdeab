// What a container of the board's own file system sees: the board, its volumes, and, where it comes from an archive, its
// app at /run/kelp/app (or, without the right to mount, where that was unpacked).

import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../../shared/base/index.ts';
import type { ContainerSpec } from '../runtime.ts';
import type { ContainerFolder, ContainerMeta } from './container-folder.ts';
import type { ToBoardPath } from './find-command.ts';
import { boardPath, type Mount, makeMountPoints, outerFirst, pointsOf } from './mount-points.ts';
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

/** Throws RuntimeFailure(CreateContainerConfigError) naming the mount. */
export async function boardFiles(request: FilesRequest): Promise<ContainerFiles> {
  const { spec, meta, tools, imageFiles } = request;
  const mounts: Mount[] = outerFirst(spec.mounts);
  makeMountPoints(mounts, meta.ownMounts ? 'bind' : 'link', meta.createdPaths);
  if (!meta.ownMounts) return { setup: [], toBoardPath: (path) => path };
  await addLastWords(mounts, request);
  const app = imageFiles === undefined ? [] : await mountApp(request, imageFiles);
  const volumes = mounts.map(({ hostPath, containerPath, readOnly }) => ({
    ...{ source: hostPath, target: containerPath, readOnly },
    ...(containerPath === tokenPlace && { make: 'folder' as const }),
  }));
  const visible = imageFiles === undefined ? mounts : [...mounts, appMount(imageFiles)];
  return {
    setup: [...app, ...planVolumes(tools, volumes), ...keepReadOnly(request, mounts)],
    toBoardPath: (path) => boardPath(path, visible),
  };
}

const appMount = (hostPath: string): Mount => ({ hostPath, containerPath: appPath, readOnly: false });

async function mountApp({ spec, meta, folder, tools }: FilesRequest, files: string): Promise<Setup> {
  makeMountPoints([appMount(files)], 'bind', meta.createdPaths);
  if (spec.securityContext?.readOnlyRootFilesystem || !meta.overlay)
    return planVolumes(tools, [{ source: files, target: appPath, readOnly: true }]);
  return planOverlay(tools, await overlayOf(folder, files), appPath);
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

/** A place for last words, where the board lets us make one: without it they are lost, but nothing else is. */
async function addLastWords(mounts: Mount[], { spec, meta, folder, log }: FilesRequest): Promise<void> {
  const containerPath = spec.terminationMessagePath;
  if (!containerPath) return;
  await makeTerminationLog(folder);
  const mount: Mount = { hostPath: folder.terminationLogPath, containerPath, readOnly: false };
  try {
    makeMountPoints([...mounts, mount], 'bind', meta.createdPaths);
    mounts.push(mount);
  } catch (error) {
    log.warn({ err: error, containerPath }, 'making a place for the last words of containers');
  }
}

/** Whoever the container runs as may write it. */
export async function makeTerminationLog(folder: ContainerFolder): Promise<void> {
  await writeFile(folder.terminationLogPath, '');
  await chmod(folder.terminationLogPath, 0o666);
}
