// The status of a container that was added for debugging. It runs once: what is gone with the board does not come back.

import type { Container, ContainerStatus, PodStatus } from '../../../shared/api/index.ts';
import { newestOf, type ObservedPod } from '../observed-pod.ts';
import { containerStatus } from './container-status.ts';

export function ephemeralStatus(
  observed: ObservedPod,
  container: Container,
  { runtime, previous }: { runtime: string; previous: PodStatus | undefined },
): ContainerStatus {
  const before = previous?.ephemeralContainerStatuses?.find(({ name }) => name === container.name);
  if (newestOf(observed, container.name) || before?.containerID === undefined) {
    return { ...containerStatus(observed, container, { isInit: false, runtime, previous }), ready: false };
  }
  if (before.state?.terminated) return before;
  const { containerID } = before;
  const message = 'The container could not be located any more';
  // As the kubelet says of a container that it has lost.
  const terminated = { exitCode: 137, reason: 'ContainerStatusUnknown', message, containerID };
  return { ...before, ready: false, started: false, state: { terminated } };
}
