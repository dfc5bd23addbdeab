// A container that the hub was told of and that this board does not know any more (its disk was replaced, or somebody
// removed it): its end was not seen, but it counts as one (k8s.io/kubernetes pkg/kubelet convertToAPIContainerStatuses).

import type { ContainerStatus, Pod } from '../../shared/api/index.ts';

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

const unseen = { exitCode: 137, reason: 'ContainerStatusUnknown' };

/** What is still known of it; `reported`: what the hub was told last of a container of that name. */
export function lostContainer(
  reported: ContainerStatus | undefined,
  isTerminating: boolean,
): Pick<ContainerStatus, 'restartCount' | 'state' | 'lastState'> | undefined {
  if (!reported) return undefined;
  const { containerID, restartCount, state, lastState } = reported;
  if (containerID === undefined) {
    return restartCount > 0 ? { restartCount, ...(lastState && { lastState }) } : undefined;
  }
  const ran: Terminated = {
    ...unseen,
    message: 'The container could not be located when the pod was deleted.  The container used to be Running',
  };
  const last = state?.terminated ?? (state?.running ? ran : (lastState?.terminated ?? ran));
  if (!isTerminating) return { restartCount: restartCount + 1, lastState: { terminated: last } };
  const end = { ...unseen, message: 'The container could not be located when the pod was terminated' };
  return { restartCount, state: { terminated: state?.terminated ?? end }, ...(lastState && { lastState }) };
}

/** What the hub holds of a container of that name. */
export function reportedContainer(status: Pod['status'], name: string): ContainerStatus | undefined {
  const {
    containerStatuses = [],
    initContainerStatuses = [],
    ephemeralContainerStatuses = [],
  } = status ?? {};
  const all = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  return all.find((one) => one.name === name);
}
