// From a container of the API to what the runtime is told: every reference resolved. Pure.

import { posix } from 'node:path';
import type { Container } from '../../shared/api/index.ts';
import { Quantity } from '../../shared/machinery/index.ts';
import { type ContainerSpec, RuntimeFailure } from '../runtime/index.ts';
import type { Environment } from './environment.ts';
import type { PodFacts } from './field-ref.ts';
import { expandVariables } from './variables.ts';

interface Request {
  facts: PodFacts;
  container: Container;
  attempt: number;
  environment: Environment;
  /** Volume name → path on the board. */
  volumePaths: ReadonlyMap<string, string>;
  logPath: string;
}

/** Throws RuntimeFailure(CreateContainerConfigError). */
export function containerSpec(request: Request): ContainerSpec {
  const { facts, container, attempt, environment, logPath } = request;
  const { pod, nodeName } = facts;
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
    mounts: mountsOf(request),
    logPath,
    hostname: pod.spec?.hostNetwork ? nodeName : (pod.spec?.hostname ?? name),
    ...(container.stdin && { stdin: true, ...(container.stdinOnce && { stdinOnce: true }) }),
    ...(container.tty && { tty: true }),
    terminationMessagePath: container.terminationMessagePath ?? '/dev/termination-log',
  };
  return { ...spec, ...resourcesOf(container), ...securityOf(facts, container) };
}

function variableValue({ variables }: Environment, name: string): string | undefined {
  return variables.find((variable) => variable.name === name)?.value;
}

function mountsOf({ container, volumePaths, environment }: Request): ContainerSpec['mounts'] {
  return (container.volumeMounts ?? []).map((mount, index) => {
    const volume = volumePaths.get(mount.name);
    if (!volume) throw configError(`volumeMounts[${index}].name: ${mount.name}: the pod has no such volume`);
    const subPath = mount.subPathExpr
      ? expandVariables(mount.subPathExpr, (key) => variableValue(environment, key))
      : (mount.subPath ?? '');
    const hostPath = subPath ? posix.join(volume, subPath) : volume;
    if (hostPath !== volume && !hostPath.startsWith(`${volume}/`)) {
      throw configError(`volumeMounts[${index}].subPath: ${subPath}: must stay within the volume`);
    }
    return { hostPath, containerPath: mount.mountPath, readOnly: mount.readOnly ?? false };
  });
}

function resourcesOf({ resources }: Container): Pick<ContainerSpec, 'resources'> {
  const { cpu, memory } = resources?.limits ?? {};
  if (cpu === undefined && memory === undefined) return {};
  return {
    resources: {
      ...(cpu !== undefined && { cpuMillis: Quantity.parse(cpu).milliValue() }),
      ...(memory !== undefined && { memoryBytes: Quantity.parse(memory).value() }),
    },
  };
}

function securityOf({ pod }: PodFacts, container: Container): Pick<ContainerSpec, 'securityContext'> {
  const own = container.securityContext;
  const ofPod = pod.spec?.securityContext;
  const runAsUser = own?.runAsUser ?? ofPod?.runAsUser;
  const runAsGroup = own?.runAsGroup ?? ofPod?.runAsGroup;
  const nonRoot = own?.runAsNonRoot ?? ofPod?.runAsNonRoot ?? false;
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  if (nonRoot && runAsUser === 0) {
    throw configError(`container's runAsUser breaks non-root policy ${where}`);
  }
  if (nonRoot && runAsUser === undefined) {
    throw configError(`container has runAsNonRoot and image will run as root ${where}`);
  }
  if (runAsUser === undefined && runAsGroup === undefined) return {};
  return {
    securityContext: {
      ...(runAsUser !== undefined && { runAsUser }),
      ...(runAsGroup !== undefined && { runAsGroup }),
    },
  };
}

function configError(message: string): RuntimeFailure {
  return new RuntimeFailure('CreateContainerConfigError', message);
}
