// The phase of a pod, from the states of its containers (k8s.io/kubernetes pkg/kubelet getPhase, v1.32).

import { type ContainerStatus, type PodSpec, sidecarsOf } from '../../../shared/api/index.ts';

type End = 'running' | 'waiting' | 'succeeded' | 'failed';

/** `terminal`: nothing of the pod will be started any more. */
export function podPhase(
  spec: PodSpec,
  initStatuses: readonly ContainerStatus[],
  statuses: readonly ContainerStatus[],
  terminal: boolean,
): string {
  const names = new Set(sidecarsOf(spec).map(({ name }) => name));
  const isOfSidecar = ({ name }: ContainerStatus) => names.has(name);
  const mains = statuses.map(endOf);
  // A sidecar that has ended counts neither way.
  const sidecars = initStatuses.filter(isOfSidecar).map(endOf);
  const initFailed = initStatuses.some((status) => !isOfSidecar(status) && endOf(status) === 'failed');
  return phaseOf([...mains, ...sidecars.filter((end) => end === 'running')], {
    policy: spec.restartPolicy ?? 'Always',
    initFailed,
    terminal,
  });
}

function phaseOf(
  ends: readonly End[],
  { policy, initFailed, terminal }: { policy: string; initFailed: boolean; terminal: boolean },
): string {
  if (policy === 'Never' && initFailed) return 'Failed';
  const runs = ends.includes('running');
  const waits = ends.includes('waiting');
  if (runs && !waits) return 'Running';
  const succeeded = ends.every((end) => end === 'succeeded');
  if (terminal && !runs) return succeeded ? 'Succeeded' : 'Failed';
  if (waits) return 'Pending';
  if (policy === 'Always') return 'Running';
  if (succeeded) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

/** A container that waits for its restart counts as ended. */
function endOf({ state, lastState }: ContainerStatus): End {
  if (state?.running) return 'running';
  const ended = state?.terminated ?? lastState?.terminated;
  if (!ended) return 'waiting';
  return ended.exitCode === 0 ? 'succeeded' : 'failed';
}
