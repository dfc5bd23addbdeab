// Where on the board the mounts of a container come from: volumes, and parts of them.

import type { Container } from '../../../shared/api/index.ts';
import { type Runtime, RuntimeFailure } from '../../runtime/index.ts';
import { MountFault } from '../volumes/mounts.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import { VolumeFault, type VolumePlace } from '../volumes/volume-type.ts';
import type { Environment } from './environment.ts';
import { expandVariables } from './variables.ts';

export interface MountSource {
  hostPath: string;
  readOnly: boolean;
}

type VolumeMount = NonNullable<Container['volumeMounts']>[number];

interface Request {
  container: Container;
  environment: Environment;
  places: ReadonlyMap<string, VolumePlace>;
  volumes: Pick<PodVolumes, 'subPath'>;
  shortcomings: Runtime['shortcomings'];
}

/** Put into every pod by the hub: what cannot mount goes without, as nobody has asked for it. */
const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const tokenVolume = 'kube-api-access-';

/**
 * One for each of the container's volumeMounts, in order; undefined: it is left out. Throws
 * RuntimeFailure(CreateContainerConfigError).
 */
export async function mountSources(request: Request): Promise<(MountSource | undefined)[]> {
  const sources: (MountSource | undefined)[] = [];
  for (const index of (request.container.volumeMounts ?? []).keys()) {
    sources.push(await mountSource(request, index));
  }
  return sources;
}

async function mountSource(
  { container, environment, places, volumes, shortcomings }: Request,
  index: number,
): Promise<MountSource | undefined> {
  const mount = container.volumeMounts?.[index];
  const place = places.get(mount?.name ?? '');
  const at = `volumeMounts[${index}]`;
  if (!mount || !place) throw configError(`${at}.name: ${mount?.name}: the pod has no such volume`);
  const isToken = mount.mountPath === tokenPath && mount.name.startsWith(tokenVolume);
  if (isToken && shortcomings.has('mounts')) return undefined;
  if (mount.recursiveReadOnly === 'Enabled') {
    const why = 'requested recursive read-only mode, but it is not supported by the runtime';
    throw configError(`volume "${mount.name}" ${why}`);
  }
  const readOnly = place.readOnly || (mount.readOnly ?? false);
  const subPath = subPathOf(mount, environment);
  if (subPath === '') return { hostPath: place.path, readOnly };
  try {
    const hostPath = await volumes.subPath(place, subPath, container.name, index);
    return { hostPath, readOnly };
  } catch (error) {
    if (!(error instanceof VolumeFault || error instanceof MountFault)) throw error;
    throw configError(
      `failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}": ${error.message}`,
    );
  }
}

/** A variable that is not there, or is empty, would make it another folder than the one that was meant. */
function subPathOf({ subPath = '', subPathExpr }: VolumeMount, { variables }: Environment): string {
  if (!subPathExpr) return subPath;
  const missing = new Set<string>();
  const expanded = expandVariables(subPathExpr, (key) => {
    const value = variables.find(({ name }) => name === key)?.value;
    if (!value) missing.add(key);
    return value;
  });
  if (missing.size > 0) throw configError(`missing value for ${[...missing].sort().join(', ')}`);
  return expanded;
}

function configError(message: string): RuntimeFailure {
  return new RuntimeFailure('CreateContainerConfigError', message);
}
