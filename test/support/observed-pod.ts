// ObservedPods for tests of the pure half of the kubelet: a pod in few words.

import type { ObservedContainer, ObservedPod } from '../../edge-agent/kubelet/observed-pod.ts';
import { definitionHash } from '../../edge-agent/kubelet/plan-pod.ts';
import type { Container, PodSpec } from '../../shared/api/index.ts';
import { podOf } from './memory-desired-state.ts';

export const container = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  image: 'host',
  ...more,
});

export const hashOf = (name: string) => definitionHash(container(name));

type Facts = Partial<Omit<ObservedPod, 'pod' | 'containers'>>;

/** A prepared pod with these containers on the board. */
export function observed(
  spec: PodSpec,
  containers: ObservedContainer[] = [],
  facts: Facts = {},
): ObservedPod {
  return {
    pod: podOf(spec),
    unwanted: false,
    prepared: true,
    containers,
    setbacks: new Map(),
    crashes: new Map(),
    activeForMs: 60_000,
    resources: new Map(),
    canResize: true,
    pulls: new Map(),
    room: { whole: { cpuMillis: 4000, memoryBytes: 1e9 }, free: { cpuMillis: 4000, memoryBytes: 1e9 } },
    cleaned: false,
    ...facts,
  };
}

/** Marks it deleted, `forMs` ago. */
export function deleted(pod: ObservedPod, forMs = 0, graceSeconds = 30): ObservedPod {
  const metadata = {
    ...pod.pod.metadata,
    deletionTimestamp: '2026-01-01T00:01:00Z',
    deletionGracePeriodSeconds: graceSeconds,
  };
  return { ...pod, pod: { ...pod.pod, metadata }, terminatingForMs: forMs };
}

const identity = (name: string, attempt: number) => ({
  id: `${name}-${attempt}`,
  podUid: 'uid',
  podNamespace: 'default',
  podName: 'p',
  name,
  attempt,
  image: 'host',
  imageId: 'host',
  specHash: hashOf(name),
});

export function running(name: string, attempt = 0, more: Partial<ObservedContainer> = {}): ObservedContainer {
  const base = { ...identity(name, attempt), started: true, ready: true };
  const {
    specHash = base.specHash,
    started = true,
    ready = true,
    hooked,
    failedProbe,
    stoppingMs,
    announced,
  } = more;
  return {
    ...base,
    ...{ specHash, started, ready },
    ...(hooked && { hooked }),
    ...(failedProbe && { failedProbe }),
    ...(announced && { announced }),
    ...(stoppingMs !== undefined && { stoppingMs }),
    state: 'running',
    startedAt: 1_000,
  };
}

interface Ending {
  agoMs?: number;
  ranMs?: number;
  reason?: string;
}

export function exited(name: string, exitCode: number, attempt = 0, ending: Ending = {}): ObservedContainer {
  const { agoMs = 5_000, ranMs = 1_000, reason = exitCode === 0 ? 'Completed' : 'Error' } = ending;
  return {
    ...identity(name, attempt),
    state: 'exited',
    startedAt: 100_000,
    finishedAt: 100_000 + ranMs,
    exitCode,
    reason,
    exitedForMs: agoMs,
    started: false,
    ready: false,
  };
}
