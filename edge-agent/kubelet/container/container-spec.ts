// From a container of the API to what the runtime is told: every reference resolved. Pure.

import { type Container, niceAnnotation } from '../../../shared/api/index.ts';
import { type ContainerMount, type ContainerSpec, RuntimeFailure } from '../../runtime/index.ts';
import { besideOwn } from '../network/network-files.ts';
import { podHostname } from '../network/pod-hostname.ts';
import { containerResources, oomScoreAdj } from './container-resources.ts';
import { containerSecurity } from './container-security.ts';
import type { Environment } from './environment.ts';
import type { PodFacts } from './field-ref.ts';
import { expandVariables } from './variables.ts';
import type { MountSource } from './volume-mounts.ts';

interface Request {
  facts: PodFacts;
  container: Container;
  attempt: number;
  environment: Environment;
  /** /etc/hosts and its like. */
  networkFiles: readonly ContainerMount[];
  /** For each of its volumeMounts, in order; undefined: it is left out. */
  mountSources: readonly (MountSource | undefined)[];
  logPath: string;
  /** Who the image's processes are where nobody says otherwise. */
  imageUser: string | undefined;
  /** The id of the container that an ephemeral one is about. */
  target: string | undefined;
}

/** Throws RuntimeFailure(CreateContainerConfigError). */
export function containerSpec(request: Request): ContainerSpec {
  const { facts, container, attempt, environment, logPath, imageUser, target } = request;
  const { pod } = facts;
  const { boardMemoryBytes = facts.allocatable.memoryBytes } = facts.allocatable;
  const { name, namespace = '', uid } = pod.metadata;
  const expand = (text: string) => expandVariables(text, (key) => variableValue(environment, key));
  const spec: ContainerSpec = {
    podUid: uid,
    podNamespace: namespace,
    podName: name,
    name: container.name,
    attempt,
    image: container.image ?? '',
    command: (container.command ?? []).map(expand),
    args: (container.args ?? []).map(expand),
    ...(container.workingDir && { workingDir: container.workingDir }),
    env: environment.variables,
    mounts: [...besideOwn(request.networkFiles, container), ...mountsOf(request)],
    logPath,
    hostname: podHostname(facts).kernelName,
    ...(container.stdin && { stdin: true, ...(container.stdinOnce && { stdinOnce: true }) }),
    ...(container.tty && { tty: true }),
    ...(target !== undefined && { processesOf: target }),
    oomScoreAdj: oomScoreAdj(pod, container, boardMemoryBytes),
    ...niceOf(pod.metadata.annotations?.[niceAnnotation]),
    securityContext: containerSecurity(facts, container, imageUser),
    terminationMessagePath: container.terminationMessagePath ?? '/dev/termination-log',
  };
  const resources = containerResources(container);
  return { ...spec, ...(resources && { resources }) };
}

/** Throws RuntimeFailure(CreateContainerConfigError). */
function niceOf(text: string | undefined): { nice?: number } {
  if (text === undefined) return {};
  const nice = Number(text);
  if (/^-?\d+$/.test(text) && nice >= -20 && nice <= 19) return { nice };
  const message = `metadata.annotations[${niceAnnotation}]: ${text}: must be a whole number from -20 to 19`;
  throw new RuntimeFailure('CreateContainerConfigError', message);
}

function variableValue({ variables }: Environment, name: string): string | undefined {
  return variables.find((variable) => variable.name === name)?.value;
}

function mountsOf({ container, mountSources }: Request): ContainerSpec['mounts'] {
  return (container.volumeMounts ?? []).flatMap((mount, index) => {
    const source = mountSources[index];
    const propagation = propagations[mount.mountPropagation ?? ''] ?? 'private';
    return source ? [{ ...source, containerPath: mount.mountPath, propagation }] : [];
  });
}

const propagations: Record<string, ContainerMount['propagation']> = {
  HostToContainer: 'rslave',
  Bidirectional: 'rshared',
};
