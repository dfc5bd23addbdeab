// The kubelet's own check before a new pod may run here: the scheduler may have been wrong, or was not asked. Pure.

import { type Container, isSidecar, type Pod, type PodSpec } from '../../shared/api/index.ts';
import { type Live, Quantity } from '../../shared/machinery/index.ts';
import { forbiddenSysctl } from './container/sysctls.ts';

export interface Allocatable {
  cpuMillis: number;
  memoryBytes: number;
  storageBytes?: number;
  pods: number;
  /** All memory of the board, also what pods may not use; absent: they may use all. */
  boardMemoryBytes?: number;
}

export const unlimited: Allocatable = {
  cpuMillis: Number.POSITIVE_INFINITY,
  memoryBytes: Number.POSITIVE_INFINITY,
  pods: Number.POSITIVE_INFINITY,
};

export interface Rejection {
  reason: string;
  message: string;
}

/** What a pod finds here. */
export interface NodeTerms {
  allocatable: Allocatable;
  /** Labels that the board sets itself. */
  labels: Readonly<Record<string, string>>;
  /** Patterns of settings that pods may have beside the safe ones. */
  allowedSysctls: readonly string[];
  /** Why the pod's runtime has no AppArmor; undefined: it has. */
  noAppArmor: string | undefined;
}

/** The first reason to refuse `pod` beside the `others` that run here; undefined: it is welcome. */
export function admitPod(
  pod: Live<Pod>,
  others: readonly Live<Pod>[],
  { allocatable, labels, allowedSysctls, noAppArmor }: NodeTerms,
): Rejection | undefined {
  return (
    ofAnotherSystem(pod, labels) ??
    notSelected(pod, labels) ??
    tooMany(pod, others, allocatable) ??
    portTaken(pod, others) ??
    badSysctl(pod, allowedSysctls) ??
    withoutAppArmor(pod, noAppArmor)
  );
}

const systemLabel = 'kubernetes.io/os';

function ofAnotherSystem(
  { metadata, spec }: Live<Pod>,
  { [systemLabel]: here }: Readonly<Record<string, string>>,
): Rejection | undefined {
  if ((metadata.labels?.[systemLabel] ?? here) !== here)
    return rejected(
      'PodOSSelectorNodeLabelDoesNotMatch',
      `Failed to admit pod as the \`${systemLabel}\` label doesn't match node label`,
    );
  return (spec?.os?.name ?? here) === here
    ? undefined
    : rejected('PodOSNotSupported', "Failed to admit pod as the OS field doesn't match node OS");
}

/** A profile would be passed over, and the pod run without what was to confine it. */
function withoutAppArmor({ spec }: Live<Pod>, why: string | undefined): Rejection | undefined {
  if (why === undefined) return undefined;
  const ofPod = spec?.securityContext?.appArmorProfile;
  const all = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const isWanted = all.some(
    ({ securityContext }) =>
      ((securityContext?.appArmorProfile ?? ofPod)?.type ?? 'Unconfined') !== 'Unconfined',
  );
  return isWanted ? rejected('AppArmor', `Cannot enforce AppArmor: ${why}`) : undefined;
}

function badSysctl({ spec }: Live<Pod>, allowed: readonly string[]): Rejection | undefined {
  const why = forbiddenSysctl(spec, allowed);
  return why === undefined ? undefined : rejected('SysctlForbidden', why);
}

/** Only labels that the board itself sets are known here; all others are the scheduler's business. */
function notSelected(pod: Live<Pod>, nodeLabels: Readonly<Record<string, string>>): Rejection | undefined {
  const wanted = Object.entries(pod.spec?.nodeSelector ?? {});
  const missed = wanted.some(([key, value]) => key in nodeLabels && nodeLabels[key] !== value);
  return missed ? failed('NodeAffinity', "node(s) didn't match Pod's node affinity/selector") : undefined;
}

function tooMany(
  pod: Live<Pod>,
  others: readonly Live<Pod>[],
  allocatable: Allocatable,
): Rejection | undefined {
  const [first] = shortagesOf(pod, others, allocatable);
  if (!first) return undefined;
  const { kind, requested, used, capacity } = first;
  const amounts = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  return rejected(`OutOf${kind}`, `Node didn't have enough resource: ${kind}, ${amounts}`);
}

/** Milli-CPU, bytes, or pods. */
export interface Shortage {
  kind: Kind;
  requested: number;
  used: number;
  capacity: number;
}

/** All of what the node has too little for the pod. */
export function shortagesOf(
  pod: Live<Pod>,
  others: readonly Live<Pod>[],
  allocatable: Allocatable,
): Shortage[] {
  const kinds: [kind: Kind, capacity: number][] = [
    ['pods', allocatable.pods],
    ['cpu', allocatable.cpuMillis],
    ['memory', allocatable.memoryBytes],
    ['ephemeral-storage', allocatable.storageBytes ?? Number.POSITIVE_INFINITY],
    // This node gives nobody any of them.
    ...hugePagesOf(pod).map((kind) => [kind, 0] as [Resource, number]),
  ];
  return kinds
    .map(([kind, capacity]) => {
      const used = others.reduce((sum, other) => sum + requestFor(other, kind), 0);
      return { kind, capacity, used, requested: requestFor(pod, kind) };
    })
    .filter(({ requested, used, capacity }) => requested > 0 && used + requested > capacity);
}

function rejected(reason: string, why: string): Rejection {
  return { reason, message: `Pod was rejected: ${why}` };
}

/** In the scheduler's words for what it would have refused. */
function failed(predicate: string, why: string): Rejection {
  return rejected(predicate, `Predicate ${predicate} failed: ${why}`);
}

type Resource = 'cpu' | 'memory' | 'ephemeral-storage' | `hugepages-${string}`;
export type Kind = Resource | 'pods';

function hugePagesOf({ spec }: Live<Pod>): Resource[] {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const names = containers.flatMap(({ resources }) => Object.keys(resources?.requests ?? {}));
  return [...new Set(names)].filter((name): name is `hugepages-${string}` => name.startsWith('hugepages-'));
}

export function requestFor(pod: Live<Pod>, kind: Kind): number {
  return kind === 'pods' ? 1 : requestOf(pod, kind);
}

/**
 * What the pod asks for: its main containers and sidecars together, or an init container with the sidecars that run by then,
 * whichever is most; and its overhead (KEP-753). Milli-CPU or bytes.
 */
export function requestOf({ spec }: Pick<Pod, 'spec'>, resource: Resource): number {
  let sidecars = 0;
  let most = 0;
  for (const container of spec?.initContainers ?? []) {
    const asked = amount(container, resource);
    if (isSidecar(container)) sidecars += asked;
    most = Math.max(most, isSidecar(container) ? sidecars : sidecars + asked);
  }
  const mains = (spec?.containers ?? []).reduce((sum, one) => sum + amount(one, resource), 0);
  const overhead = quantityOf(spec?.overhead?.[resource], resource);
  return Math.max(mains + sidecars, most) + overhead;
}

function amount({ resources }: Container, resource: Resource): number {
  return quantityOf(resources?.requests?.[resource] ?? resources?.limits?.[resource], resource);
}

function quantityOf(text: string | undefined, resource: Resource): number {
  if (text === undefined) return 0;
  const quantity = Quantity.parse(text);
  return resource === 'cpu' ? quantity.milliValue() : quantity.value();
}

function portTaken(pod: Live<Pod>, others: readonly Live<Pod>[]): Rejection | undefined {
  const taken = others.flatMap((other) => hostPortsOf(other.spec));
  const clash = hostPortsOf(pod.spec).some((port) => taken.some((other) => overlap(port, other)));
  return clash
    ? failed('NodePorts', "node(s) didn't have free ports for the requested pod ports")
    : undefined;
}

interface HostPort {
  /** With its protocol. */
  port: string;
  ip: string;
}

const everyIp = '0.0.0.0';

function overlap(one: HostPort, other: HostPort): boolean {
  return one.port === other.port && (one.ip === other.ip || one.ip === everyIp || other.ip === everyIp);
}

function hostPortsOf(spec: PodSpec | undefined): HostPort[] {
  return (spec?.containers ?? [])
    .flatMap(({ ports }) => ports ?? [])
    .filter(({ hostPort }) => hostPort)
    .map(({ hostPort, hostIP, protocol = 'TCP' }) => ({
      port: `${protocol}/${hostPort}`,
      ip: hostIP || everyIp,
    }));
}
