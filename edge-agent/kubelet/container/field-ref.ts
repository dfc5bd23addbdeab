// The downward API: fields of the pod and resources of a container as text, for variables and for volumes.

import type { Container, Pod } from '../../../shared/api/index.ts';
import { goQuoted, type Live, Quantity } from '../../../shared/machinery/index.ts';
import type { Allocatable } from '../admit-pod.ts';
import type { NodeNetwork } from '../network/node-network.ts';

export interface PodFacts {
  pod: Live<Pod>;
  nodeName: string;
  hostIps: readonly string[];
  podIps: readonly string[];
  /** What a container without a limit may use. */
  allocatable: Omit<Allocatable, 'pods'>;
  network: NodeNetwork;
}

const plain: Record<string, (facts: PodFacts) => string> = {
  'metadata.name': ({ pod }) => pod.metadata.name,
  'metadata.namespace': ({ pod }) => pod.metadata.namespace ?? '',
  'metadata.uid': ({ pod }) => pod.metadata.uid,
  'metadata.labels': ({ pod }) => mapText(pod.metadata.labels),
  'metadata.annotations': ({ pod }) => mapText(pod.metadata.annotations),
  'spec.nodeName': ({ nodeName }) => nodeName,
  'spec.serviceAccountName': ({ pod }) => pod.spec?.serviceAccountName ?? '',
  'status.hostIP': ({ hostIps }) => hostIps[0] ?? '',
  'status.hostIPs': ({ hostIps }) => hostIps.join(','),
  'status.podIP': ({ podIps }) => podIps[0] ?? '',
  'status.podIPs': ({ podIps }) => podIps.join(','),
};

/** Throws an Error for a path that is not supported. */
export function fieldValue(facts: PodFacts, path: string): string {
  const entry = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (entry) {
    const { labels, annotations } = facts.pod.metadata;
    return (entry[1] === 'labels' ? labels : annotations)?.[entry[2] ?? ''] ?? '';
  }
  const read = plain[path];
  if (!read) throw new Error(`unsupported fieldPath: ${path}`);
  return read(facts);
}

function mapText(map: Record<string, string> | undefined): string {
  const keys = Object.keys(map ?? {}).sort();
  return keys.map((key) => `${key}=${goQuoted(map?.[key] ?? '')}`).join('\n');
}

/** `resource`: `limits.cpu` and its like. */
interface ResourceRef {
  containerName?: string;
  resource: string;
  divisor?: string;
}

/**
 * In units of the divisor, rounded up; of the container that it names, else of `self`. Throws an Error for a container that there
 * is not, and for a resource that is not supported.
 */
export function resourceValue(
  facts: PodFacts,
  { containerName, resource, divisor }: ResourceRef,
  self?: Container,
): string {
  const container = containerName || !self ? containerNamed(facts, containerName ?? '') : self;
  const [kind, name = ''] = resource.split('.');
  const { limits, requests } = container.resources ?? {};
  if ((kind !== 'limits' && kind !== 'requests') || !known.test(name)) {
    throw new Error(`unsupported container resource: ${resource}`);
  }
  const own = kind === 'limits' ? limits?.[name] : requests?.[name];
  const said = Quantity.parse(own ?? '0');
  const amount = kind === 'limits' && said.value() === 0 ? withoutLimit(facts, name) : said;
  const unit = Quantity.parse(divisor && divisor !== '0' ? divisor : '1');
  if (name === 'cpu') return String(Math.ceil(amount.milliValue() / unit.milliValue()));
  return String(Math.ceil(amount.value() / unit.value()));
}

function containerNamed({ pod }: PodFacts, name: string): Container {
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const found = all.find((container) => container.name === name);
  if (!found) throw new Error(`container ${name} not found`);
  return found;
}

const known = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;

/** What has no limit, or one of nothing, may use all that pods may use here. */
function withoutLimit({ allocatable }: PodFacts, name: string): Quantity {
  const { cpuMillis, memoryBytes, storageBytes = 0 } = allocatable;
  if (name === 'cpu') return Quantity.ofMilli(cpuMillis);
  if (name === 'memory') return Quantity.of(memoryBytes);
  return name === 'ephemeral-storage' ? Quantity.of(storageBytes) : Quantity.zero;
}
