// Which of a pod's containers stay as long as it does.

import type { Container, PodSpec } from 'kubernetes-types/core/v1';

/** An init container that stays: it is started in order, restarted always, and counts as a container from then on. */
export function isSidecar(container: Container | undefined): boolean {
  return container?.restartPolicy === 'Always';
}

export function sidecarsOf(spec: PodSpec | undefined): Container[] {
  return (spec?.initContainers ?? []).filter(isSidecar);
}

/** The main containers, then the sidecars. */
export function lastingContainers(spec: PodSpec | undefined): Container[] {
  return [...(spec?.containers ?? []), ...sidecarsOf(spec)];
}
