// The downward API: fields of the pod and resources of a container as text, for variables and for volumes.

import type { Container, Pod } from '../../shared/api/index.ts';
import { type Live, Quantity } from '../../shared/machinery/index.ts';
import type { NodeNetwork } from './network/node-network.ts';

export interface PodFacts {
  pod: Live<Pod>;
  nodeName: string;
  hostIps: readonly string[];
  podIps: readonly string[];
  /** What a container without a limit may use. */
  allocatable: { cpuMillis: number; memoryBytes: number };
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
  return keys.map((key) => `${key}=${JSON.stringify(map?.[key])}`).join('\n');
}

/** `limits.cpu` and its like in units of the divisor, rounded up. Throws an Error for a resource that is not supported. */
export function resourceValue(
  facts: PodFacts,
  container: Container,
  resource: string,
  divisor?: string,
): string {
  const [kind, name = ''] = resource.split('.');
  const { limits, requests } = container.resources ?? {};
  if ((kind !== 'limits' && kind !== 'requests') || !['cpu', 'memory', 'ephemeral-storage'].includes(name)) {
    throw new Error(`unsupported container resource: ${resource}`);
  }
  const own = kind === 'limits' ? limits?.[name] : requests?.[name];
  const amount = own === undefined ? withoutLimit(facts, kind, name) : Quantity.parse(own);
  const unit = Quantity.parse(divisor && divisor !== '0' ? divisor : '1');
  if (name === 'cpu') return String(Math.ceil(amount.milliValue() / unit.milliValue()));
  return String(Math.ceil(amount.value() / unit.value()));
}

function withoutLimit({ allocatable }: PodFacts, kind: string, name: string): Quantity {
  if (kind === 'requests') return Quantity.zero;
  if (name === 'cpu') return Quantity.ofMilli(allocatable.cpuMillis);
  return name === 'memory' ? Quantity.of(allocatable.memoryBytes) : Quantity.zero;
}
