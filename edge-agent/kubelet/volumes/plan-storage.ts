// Whether a pod has written more than it may: limits of emptyDirs, of the pod, of its containers. In this order, and with the
// words of the kubelet's eviction manager. Pure.

import { type Container, isSidecar, lastingContainers, type Pod } from '../../../shared/api/index.ts';
import { type Live, Quantity } from '../../../shared/machinery/index.ts';
import type { Volume } from './volume-type.ts';

/** Bytes, by names. Of a container: what it wrote into its own files, and its logs. */
export interface StorageUse {
  volumes: ReadonlyMap<string, number>;
  containers: ReadonlyMap<string, number>;
}

const resource = 'ephemeral-storage';

/** Volumes that have to be looked into. */
export function measuredVolumes(pod: Live<Pod>): Volume[] {
  return (pod.spec?.volumes ?? []).filter(
    (volume) => isLimited(volume) || (limitsStorage(pod) && isOnDisk(volume)),
  );
}

/** One of its containers has a limit. */
export function limitsStorage({ spec }: Live<Pod>): boolean {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].some((one) => limitOf(one));
}

/** What the pod is to be evicted for; undefined: nothing. */
export function storageFault(pod: Live<Pod>, use: StorageUse): string | undefined {
  for (const volume of pod.spec?.volumes ?? []) {
    const limit = Quantity.parse(volume.emptyDir?.sizeLimit ?? '0');
    if (isLimited(volume) && (use.volumes.get(volume.name) ?? 0) > limit.value())
      return `Usage of EmptyDir volume "${volume.name}" exceeds the limit "${limit}". `;
  }
  return limitsStorage(pod) ? (faultOfPod(pod, use) ?? faultOfContainers(pod, use)) : undefined;
}

function faultOfPod(pod: Live<Pod>, { volumes, containers }: StorageUse): string | undefined {
  const onDisk = (pod.spec?.volumes ?? []).filter(isOnDisk);
  const ofVolumes = onDisk.map(({ name }) => volumes.get(name) ?? 0);
  const used = [...ofVolumes, ...containers.values()].reduce((sum, bytes) => sum + bytes, 0);
  const limit = limitOfPod(pod);
  if (used <= limit.value()) return undefined;
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${limit}. `;
}

function faultOfContainers({ spec }: Live<Pod>, { containers }: StorageUse): string | undefined {
  for (const container of [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]) {
    const limit = limitOf(container);
    if (limit && (containers.get(container.name) ?? 0) > limit.value())
      return `Container ${container.name} exceeded its local ephemeral storage limit "${limit}". `;
  }
  return undefined;
}

/** As with every resource: all containers and sidecars together, or the greatest of the others that run before them. */
function limitOfPod(pod: Live<Pod>): Quantity {
  const together = lastingContainers(pod.spec).map(limitOf);
  const sum = together.reduce(
    (total: Quantity | undefined, one) => (one ? (total?.add(one) ?? one) : total),
    undefined,
  );
  return (pod.spec?.initContainers ?? [])
    .filter((one) => !isSidecar(one))
    .map((one) => limitOf(one) ?? Quantity.zero)
    .reduce((most, one) => (one.compare(most) > 0 ? one : most), sum ?? Quantity.zero);
}

function limitOf({ resources }: Container): Quantity | undefined {
  const limit = resources?.limits?.[resource];
  return limit === undefined ? undefined : Quantity.parse(limit);
}

/** What the kubelet counts (IsLocalEphemeralVolume): secrets and the downward API are in memory there. */
const isOnDisk = ({ emptyDir, configMap }: Volume) =>
  configMap !== undefined || (emptyDir !== undefined && emptyDir.medium !== 'Memory');

function isLimited({ emptyDir }: Volume): boolean {
  return emptyDir?.sizeLimit !== undefined && Quantity.parse(emptyDir.sizeLimit).sign > 0;
}
