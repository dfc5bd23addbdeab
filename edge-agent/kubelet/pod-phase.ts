// The phase of a pod, from the states of its containers (k8s.io/kubernetes pkg/kubelet getPhase, v1.32).

import type { ContainerStatus, PodSpec } from '../../shared/api/index.ts';

/** `terminal`: nothing of the pod will be started any more. */
export function podPhase(
  spec: PodSpec,
  initStatuses: readonly ContainerStatus[],
  statuses: readonly ContainerStatus[],
  terminal: boolean,
): string {
  const ends = statuses.map(endOf);
  const policy = spec.restartPolicy ?? 'Always';
  if (policy === 'Never' && initFailed(spec, initStatuses)) return 'Failed';
  if (ends.includes('running') && !ends.includes('waiting')) return 'Running';
  if (terminal && !ends.includes('running'))
    return ends.every((end) => end === 'succeeded') ? 'Succeeded' : 'Failed';
  if (ends.includes('waiting')) return 'Pending';
  if (policy === 'Always') return 'Running';
  if (ends.every((end) => end === 'succeeded')) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

/** A container that waits for its restart counts as ended. */
function endOf({ state, lastState }: ContainerStatus): 'running' | 'waiting' | 'succeeded' | 'failed' {
  if (state?.running) return 'running';
  const ended = state?.terminated ?? lastState?.terminated;
  if (!ended) return 'waiting';
  return ended.exitCode === 0 ? 'succeeded' : 'failed';
}

function initFailed(spec: PodSpec, initStatuses: readonly ContainerStatus[]): boolean {
  const sidecars = new Set(
    (spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map((one) => one.name),
  );
  return initStatuses.some((status) => !sidecars.has(status.name) && endOf(status) === 'failed');
}
