// Whether and how a running container comes to other resources than it was started with (KEP-1287, as of v1.32). Pure.
//
//   same as asked ── nothing │ more than the board has ── Infeasible │ more than is free ── Deferred
//   otherwise InProgress: limits are changed in place, or the container is started anew where its resizePolicy, or the
//   runtime, wants that

import { type Container, lastingContainers, type PodStatus } from '../../shared/api/index.ts';
import { deepEqual } from '../../shared/machinery/index.ts';
import { requestOf } from './admit-pod.ts';
import { newestOf, type ObservedPod } from './observed-pod.ts';
import type { Resources } from './pod-notes.ts';

export type ResizeStatus = 'Infeasible' | 'Deferred' | 'InProgress';

/** Of the pod as a whole; undefined: everything is as it was asked for. */
export function resizeStatus(observed: ObservedPod): ResizeStatus | undefined {
  if (!lastingContainers(observed.pod.spec).some((container) => differs(observed, container)))
    return undefined;
  const { whole, free } = observed.room;
  const asked = { cpuMillis: requestOf(observed.pod, 'cpu'), memoryBytes: requestOf(observed.pod, 'memory') };
  const fitsInto = (room: typeof whole) =>
    asked.cpuMillis <= room.cpuMillis && asked.memoryBytes <= room.memoryBytes;
  if (!fitsInto(whole)) return 'Infeasible';
  return fitsInto(free) ? 'InProgress' : 'Deferred';
}

/** What is to be done for a container that runs; undefined: nothing, or not now. */
export function planResize(observed: ObservedPod, container: Container): 'update' | 'restart' | undefined {
  const before = observed.resources.get(container.name);
  if (!before || !differs(observed, container) || resizeStatus(observed) !== 'InProgress') return undefined;
  const restarts = (container.resizePolicy ?? [])
    .filter(({ restartPolicy }) => restartPolicy === 'RestartContainer')
    .some(
      ({ resourceName }) => !deepEqual(of(before, resourceName), of(container.resources ?? {}, resourceName)),
    );
  return restarts || !observed.canResize ? 'restart' : 'update';
}

/** The words of the status: what is asked of the runtime, and what it was given. */
export function resourcesInStatus(
  observed: ObservedPod,
  { name }: Container,
): Pick<NonNullable<PodStatus['containerStatuses']>[number], 'resources' | 'allocatedResources'> {
  const given = observed.resources.get(name);
  if (!given || newestOf(observed, name)?.state !== 'running') return {};
  const { requests, limits } = given;
  if (!requests && !limits) return {};
  return {
    ...(requests && { allocatedResources: requests }),
    resources: { ...(requests && { requests }), ...(limits && { limits }) },
  };
}

function differs(observed: ObservedPod, container: Container): boolean {
  const given = observed.resources.get(container.name);
  if (!given || newestOf(observed, container.name)?.state !== 'running') return false;
  return ['cpu', 'memory'].some((name) => !deepEqual(of(given, name), of(container.resources ?? {}, name)));
}

const of = ({ limits, requests }: Resources, name: string) => [limits?.[name], requests?.[name]];
