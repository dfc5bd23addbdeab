// Which pod goes when the board runs short, and in which words. After the kubelet (pkg/kubelet/eviction/helpers.go). Pure.

import {
  type Container,
  lastingContainers,
  type Pod,
  priorityOf,
  qosClass,
} from '../../../shared/api/index.ts';
import { type Live, Quantity } from '../../../shared/machinery/index.ts';
import { hasCriticalPriority } from '../pod-priority.ts';
import { isStatic } from '../static-pods/static-pod.ts';
import type { DiskUse } from '../volumes/storage-usage.ts';
import type { Met, Pressure, SignalName } from './thresholds.ts';

/** What a pod that runs uses now. */
export interface Candidate {
  pod: Live<Pod>;
  /** Container → bytes of memory. */
  memory: ReadonlyMap<string, number>;
  /** All that it has on disk. */
  disk: DiskUse;
  /** Container → bytes of its own files and logs. */
  containerDisk: ReadonlyMap<string, number>;
  processes: number;
}

export interface Eviction {
  uid: string;
  message: string;
  /** What it may have for its end. */
  graceSeconds: number;
}

/** As upstream's immediateEvictionGracePeriodSeconds. */
const hardGraceSeconds = 1;

/** Pods that the cluster cannot be without: their priority is at least system-cluster-critical's, or they are static. */
export function isCritical(pod: Live<Pod>): boolean {
  return hasCriticalPriority(pod) || isStatic(pod);
}

/** Undefined: nobody may go. */
export function planEviction(
  met: Met,
  candidates: readonly Candidate[],
  maxPodGraceSeconds = 0,
): Eviction | undefined {
  const measure = measures[met.signal];
  const ranked = candidates.filter(({ pod }) => !isCritical(pod)).sort((a, b) => compare(a, b, measure));
  const [first] = ranked;
  const graceSeconds = met.graceMs === undefined ? hardGraceSeconds : maxPodGraceSeconds;
  return first && { uid: first.pod.metadata.uid, message: messageFor(met, first), graceSeconds };
}

interface Measure {
  /** As events name it. */
  resource: string;
  used(candidate: Candidate): number;
  requested(pod: Live<Pod>): number;
}

const memory: Measure = {
  resource: 'memory',
  used: (candidate) => sum([...candidate.memory.values()]),
  requested: (pod) => sum(lastingContainers(pod.spec).map((container) => requestOf(container, 'memory'))),
};
const disk: Measure = {
  resource: 'ephemeral-storage',
  used: (candidate) => candidate.disk.bytes,
  requested: (pod) =>
    sum(lastingContainers(pod.spec).map((container) => requestOf(container, 'ephemeral-storage'))),
};
const processes: Measure = {
  resource: 'pids',
  used: (candidate) => candidate.processes,
  requested: () => 0,
};
const inodes: Measure = {
  resource: 'inodes',
  used: (candidate) => candidate.disk.inodes,
  requested: () => 0,
};

const measures: Record<SignalName, Measure> = {
  'memory.available': memory,
  'nodefs.available': disk,
  'nodefs.inodesFree': inodes,
  'imagefs.available': disk,
  'imagefs.inodesFree': inodes,
  'pid.available': processes,
};

export function resourceOf(signal: SignalName): string {
  return measures[signal].resource;
}

/** Those above what they asked for first; among them those of less priority; among them those further above. */
function compare(a: Candidate, b: Candidate, measure: Measure): number {
  const over = (candidate: Candidate) => measure.used(candidate) - measure.requested(candidate.pod);
  const exceeds = (candidate: Candidate) => (over(candidate) > 0 ? 1 : 0);
  const priority = ({ pod }: Candidate) => priorityOf(pod);
  return exceeds(b) - exceeds(a) || priority(a) - priority(b) || over(b) - over(a);
}

function messageFor({ signal, leastAmount, amount }: Met, candidate: Candidate): string {
  const { resource } = measures[signal];
  const shown = (value: number) => amountText(signal, value);
  const limits = `Threshold quantity: ${shown(leastAmount)}, available: ${shown(amount.available)}. `;
  return `The node was low on resource: ${resource}. ${limits}${greedyContainers(resource, candidate)}`;
}

function greedyContainers(resource: string, { pod, memory: bytes, containerDisk }: Candidate): string {
  if (resource !== 'memory' && resource !== 'ephemeral-storage') return '';
  const used = resource === 'memory' ? bytes : containerDisk;
  return lastingContainers(pod.spec)
    .map((container) => {
      const usage = used.get(container.name) ?? 0;
      if (usage <= requestOf(container, resource)) return '';
      const asked = container.resources?.requests?.[resource] ?? '0';
      const using = amountText('memory.available', usage);
      return `Container ${container.name} was using ${using}, request is ${asked}, has larger consumption of ${resource}. `;
    })
    .join('');
}

function amountText(signal: SignalName, value: number): string {
  const whole = Math.floor(value);
  if (signal === 'pid.available' || signal.endsWith('.inodesFree')) return String(whole);
  return Quantity.of(Math.floor(whole / 1024) * 1024, 'BinarySI').toString();
}

function requestOf({ resources }: Container, resource: 'memory' | 'ephemeral-storage'): number {
  const text = resources?.requests?.[resource];
  return text === undefined ? 0 : Quantity.parse(text).value();
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Why a new pod is not let in while the board is short of something; undefined: it is. */
export function refusal(pod: Live<Pod>, pressures: ReadonlySet<Pressure>): string | undefined {
  if (pressures.size === 0 || isCritical(pod)) return undefined;
  if (pressures.size === 1 && pressures.has('MemoryPressure')) {
    if (pod.spec && qosClass(pod.spec) !== 'BestEffort') return undefined;
    if (toleratesMemoryPressure(pod)) return undefined;
  }
  return `The node had condition: [${[...pressures].join(' ')}]. `;
}

function toleratesMemoryPressure({ spec }: Live<Pod>): boolean {
  return (spec?.tolerations ?? []).some(({ key, operator, effect }) => {
    const isKey = key === 'node.kubernetes.io/memory-pressure' || (!key && operator === 'Exists');
    return isKey && (!effect || effect === 'NoSchedule');
  });
}
