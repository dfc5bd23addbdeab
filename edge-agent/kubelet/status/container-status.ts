// The status of one container, from what the runtime knows and why it may not run (recorded behaviour, see test/fixtures).

import {
  type Container,
  type ContainerStatus,
  isSidecar,
  type PodStatus,
} from '../../../shared/api/index.ts';
import { formatTime } from '../../../shared/machinery/index.ts';
import { lostContainer, reportedContainer } from '../lost-container.ts';
import { historyOf, isTerminating, type ObservedContainer, type ObservedPod } from '../observed-pod.ts';
import { resourcesInStatus } from '../plan-resize.ts';
import { mayRestart } from '../restart-policy.ts';

type State = NonNullable<ContainerStatus['state']>;

export function containerStatus(
  observed: ObservedPod,
  container: Container,
  { isInit, runtime, previous }: { isInit: boolean; runtime: string; previous: PodStatus | undefined },
): ContainerStatus {
  const [newest, before] = historyOf(observed, container.name);
  const reported = reportedContainer(previous, container.name);
  const over = isTerminating(observed) || observed.failed !== undefined;
  const lost = newest ? undefined : lostContainer(reported, over);
  const state = lost?.state ?? stateOf(observed, container, newest, runtime);
  // Who waits for a restart shows its last end; who runs or just ended shows the one before.
  const last = state.waiting ? newest : before;
  const unknownLast = lost ?? ((newest?.attempt ?? 0) > 0 ? reported : undefined);
  return {
    name: container.name,
    state,
    lastState:
      last?.state === 'exited'
        ? { terminated: terminated(observed, last, runtime) }
        : (unknownLast?.lastState ?? {}),
    ready: isReady(container, newest, isInit),
    restartCount: newest?.attempt ?? lost?.restartCount ?? 0,
    image: newest?.image ?? container.image ?? '',
    imageID: newest?.imageId ?? '',
    ...(newest && { containerID: `${runtime}://${newest.id}` }),
    started: newest?.state === 'running' && newest.started,
    ...resourcesInStatus(observed, container),
    ...mountsInStatus(container),
  };
}

/** What lies below what is mounted stays as it is: no runtime here makes that read-only too. */
function mountsInStatus({ volumeMounts = [] }: Container): Pick<ContainerStatus, 'volumeMounts'> {
  if (volumeMounts.length === 0) return {};
  return {
    volumeMounts: volumeMounts.map(({ name, mountPath, readOnly }) => ({
      ...{ name, mountPath },
      ...(readOnly && { readOnly, recursiveReadOnly: 'Disabled' }),
    })),
  };
}

function isReady(container: Container, newest: ObservedContainer | undefined, isInit: boolean): boolean {
  if (isInit && !isSidecar(container)) return newest?.state === 'exited' && newest.exitCode === 0;
  return newest?.state === 'running' && newest.started && newest.ready;
}

function stateOf(
  observed: ObservedPod,
  container: Container,
  newest: ObservedContainer | undefined,
  runtime: string,
): State {
  if (newest?.state === 'running') return { running: { startedAt: formatTime(newest.startedAt) } };
  if (newest && !mayRestart(observed, container, newest))
    return { terminated: terminated(observed, newest, runtime) };
  const pulling = observed.pulls.get(container.name);
  const setback = observed.setbacks.get(container.name) ?? observed.setbacks.get('');
  if (setback && setback.reason !== '')
    return { waiting: { reason: setback.reason, message: pulling ?? setback.message } };
  if (newest?.reason === 'StartError') {
    return { waiting: { reason: 'RunContainerError', ...(newest.message && { message: newest.message }) } };
  }
  if (newest) return { terminated: terminated(observed, newest, runtime) };
  const hasInit = (observed.pod.spec?.initContainers ?? []).length > 0;
  const reason = hasInit ? 'PodInitializing' : 'ContainerCreating';
  return { waiting: { reason, ...(pulling && { message: pulling }) } };
}

/** What the last words of a pod's containers may take up together (the kubelet's MaxPodTerminationMessageLogLength). */
const mostBytesOfPod = 12 * 1024;

/** Each may say as much as any other. */
function withinShare(message: string, { pod }: ObservedPod): string {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  const speakers = containers.length + initContainers.length + ephemeralContainers.length;
  const share = Math.floor(mostBytesOfPod / Math.max(1, speakers));
  const bytes = Buffer.from(message);
  return bytes.length <= share ? message : bytes.subarray(0, share).toString();
}

function terminated(
  observed: ObservedPod,
  container: ObservedContainer,
  runtime: string,
): NonNullable<State['terminated']> {
  if (container.state !== 'exited') throw new Error(`container ${container.id} has not ended`);
  const { exitCode, reason, message, startedAt, finishedAt, id } = container;
  return {
    exitCode,
    reason,
    ...(message && { message: withinShare(message, observed) }),
    startedAt: formatTime(startedAt),
    finishedAt: formatTime(finishedAt),
    containerID: `${runtime}://${id}`,
  };
}
