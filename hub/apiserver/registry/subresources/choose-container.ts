// Which container of a pod is meant, for logs and for streams.

import type { ContainerStatus, Pod } from '../../../../shared/api/index.ts';
import { ApiError, type Live } from '../../../../shared/machinery/index.ts';

/** The one that is asked for, or the only one. Throws BadRequest in upstream's words. */
export function chooseContainer(pod: Live<Pod>, asked: string): string {
  const { name } = pod.metadata;
  const containers = (pod.spec?.containers ?? []).map((container) => container.name);
  const initial = (pod.spec?.initContainers ?? []).map((container) => container.name);
  const ephemeral = (pod.spec?.ephemeralContainers ?? []).map((container) => container.name);
  if (asked) {
    if ([...containers, ...initial, ...ephemeral].includes(asked)) return asked;
    throw new ApiError('BadRequest', `container ${asked} is not valid for pod ${name}`);
  }
  const [only, ...others] = containers;
  if (only !== undefined && others.length === 0) return only;
  const choice = [...initial, ...containers, ...ephemeral].join(' ');
  const message = `a container name must be specified for pod ${name}, choose one of: [${choice}]`;
  throw new ApiError('BadRequest', message);
}

export function containerStatusOf({ status }: Live<Pod>, container: string): ContainerStatus | undefined {
  const all = [status?.containerStatuses, status?.initContainerStatuses, status?.ephemeralContainerStatuses];
  return all.flatMap((list) => list ?? []).find(({ name }) => name === container);
}
