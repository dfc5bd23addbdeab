// What a container of an image with a root file system of its own sees: that and nothing of the board but its volumes. What
// it writes lies apart, and goes with it.

import { chmod, copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { resolveInside } from '../images/index.ts';
import type { ContainerMount, ContainerSpec } from '../runtime.ts';
import { RuntimeFailure } from '../runtime.ts';
import { type ContainerFiles, type FilesRequest, makeTerminationLog, overlayOf } from './board-files.ts';
import { outerFirst } from './mount-points.ts';
import {
  planOverlay,
  planReadOnly,
  planRootSurroundings,
  planVolumes,
  type SetupMount,
} from './plan-mounts.ts';

/** Throws RuntimeFailure. */
export async function rootFiles(
  request: FilesRequest & { root: string; imageFiles: string },
): Promise<ContainerFiles> {
  const { spec, meta, folder, tools, root, imageFiles } = request;
  if (!meta.ownMounts || !meta.overlay) {
    const why = meta.ownMounts ? 'overlayfs, which this kernel lacks here' : 'an agent that runs as root';
    throw new RuntimeFailure(
      'CreateContainerError',
      `image ${spec.image} has a root file system of its own: that needs ${why}`,
    );
  }
  await mkdir(root, { mode: 0o755 });
  const overlay = await overlayOf(folder, imageFiles);
  const { mode } = await stat(imageFiles);
  await chmod(overlay.upper, mode & 0o7777);
  await writeNetworkFiles(spec, imageFiles, overlay.upper);
  const volumes: SetupMount[] = [];
  for (const mount of [...outerFirst(spec.mounts), ...(await lastWords(request))])
    volumes.push(await inRoot(mount, root, imageFiles));
  const security = spec.securityContext ?? {};
  const workingDir = join(root, resolveInside(imageFiles, meta.workingDir));
  return {
    setup: [
      ...planOverlay(tools, overlay, root),
      ...planRootSurroundings(tools, root, security.privileged ?? false),
      ...planVolumes(tools, volumes),
      ['mkdir', '-p', workingDir],
      ...(security.readOnlyRootFilesystem ? planReadOnly(tools, [root]) : []),
    ],
    toBoardPath: (path) => whereItLies(path, volumes, root, imageFiles),
  };
}

/** Links in the image lead where they lead for its processes, so nothing is mounted outside of it. */
async function inRoot(
  { hostPath, containerPath, readOnly }: ContainerMount,
  root: string,
  imageFiles: string,
): Promise<SetupMount> {
  const make = (await stat(hostPath)).isDirectory() ? 'folder' : 'file';
  return { source: hostPath, target: join(root, resolveInside(imageFiles, containerPath)), readOnly, make };
}

async function lastWords({ spec, folder }: FilesRequest): Promise<ContainerMount[]> {
  const containerPath = spec.terminationMessagePath;
  if (!containerPath) return [];
  await makeTerminationLog(folder);
  return [{ hostPath: folder.terminationLogPath, containerPath, readOnly: false }];
}

function whereItLies(path: string, volumes: readonly SetupMount[], root: string, imageFiles: string): string {
  const inside = resolveInside(imageFiles, path);
  const inMount = volumes.findLast(({ target }) => `${join(root, inside)}/`.startsWith(`${target}/`));
  if (!inMount) return join(imageFiles, inside);
  return join(inMount.source, join(root, inside).slice(inMount.target.length));
}

/** Names are looked up as on the board; its own name leads to itself. */
async function writeNetworkFiles(spec: ContainerSpec, imageFiles: string, upper: string): Promise<void> {
  const place = async (path: string) => {
    const inside = join(upper, resolveInside(imageFiles, path));
    await mkdir(dirname(inside), { recursive: true, mode: 0o755 });
    return inside;
  };
  const { hostname = 'localhost' } = spec;
  await copyFile('/etc/resolv.conf', await place('/etc/resolv.conf')).catch(() => undefined);
  await writeFile(await place('/etc/hostname'), `${hostname}\n`);
  await writeFile(
    await place('/etc/hosts'),
    `127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.1.1\t${hostname}\n`,
  );
}
