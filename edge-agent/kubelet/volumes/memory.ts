// Volumes in memory: each is a tmpfs of its own.

import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { Quantity } from '../../../shared/machinery/index.ts';
import { requestOf } from '../admit-pod.ts';
import type { Volume, VolumeContext } from './volume-type.ts';

/** Mounts it where it is not mounted yet, for everybody to write to, as the kubelet does. Throws MountFault. */
export async function mountMemory(volume: Volume, folder: string, context: VolumeContext): Promise<void> {
  const { mounts } = context;
  if (await mounts.isMounted(folder)) return;
  await mounts.makePoint(folder);
  const size = `size=${memoryFor(volume, context)}`;
  const options = [size, 'mode=1777', 'nosuid', 'nodev', ...(canStayOutOfSwap() ? ['noswap'] : [])];
  await mounts.mount({ type: 'tmpfs', source: 'tmpfs', target: folder, options });
}

/** Bytes: the least of its limit, what the pod's containers may use together, and what the board has (KEP-1967). */
function memoryFor({ emptyDir: source }: Volume, { pod, allocatable }: VolumeContext): number {
  const { containers = [] } = pod.spec ?? {};
  const limited = containers.every(({ resources }) => resources?.limits?.memory !== undefined);
  const limits = containers.map((container) => ({
    ...container,
    resources: { requests: container.resources?.limits ?? {} },
  }));
  const ofPod = limited ? requestOf({ spec: { ...pod.spec, containers: limits } }, 'memory') : 0;
  const own = source?.sizeLimit === undefined ? 0 : Quantity.parse(source.sizeLimit).value();
  const bounds = [own, ofPod, allocatable.memoryBytes].filter((bytes) => bytes > 0 && Number.isFinite(bytes));
  return bounds.length > 0 ? Math.min(...bounds) : 0;
}

/** tmpfs(5): Linux 6.4 on, and only for who is root of the board itself. */
function canStayOutOfSwap(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 4)) return false;
  return /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
}
