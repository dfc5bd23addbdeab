// What an update of a Service leaves unsaid: allocated values stay, and what only the old type had goes
// (upstream: pkg/registry/core/service/strategy.go and storage.go).

import type { Service, ServiceSpec } from 'kubernetes-types/core/v1';
import { deepEqual } from '../../../machinery/index.ts';
import { isExternallyAccessible, needsClusterIp, needsHealthCheckPort, needsNodePort } from './defaults.ts';

type Field = keyof ServiceSpec;

/** Which specs may have these fields. They go, unless they were changed, when the new spec is none of them any more. */
const dependent: [has: (spec: ServiceSpec) => boolean, fields: Field[]][] = [
  [needsClusterIp, ['ipFamilies', 'ipFamilyPolicy']],
  [needsHealthCheckPort, ['healthCheckNodePort']],
  [({ type }) => type === 'LoadBalancer', ['allocateLoadBalancerNodePorts', 'loadBalancerClass']],
  [isExternallyAccessible, ['externalTrafficPolicy']],
];

/** Drops fields of the old type that the client sent back unchanged with a new type. */
export function dropTypeDependentFields(next: Service, old: Service): void {
  const [spec, before] = [next.spec ?? {}, old.spec ?? {}];
  const lost = (has: (spec: ServiceSpec) => boolean) => has(before) && !has(spec);
  if (
    lost(needsClusterIp) &&
    spec.clusterIP === before.clusterIP &&
    deepEqual(spec.clusterIPs, before.clusterIPs)
  ) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
  for (const [has, fields] of dependent)
    if (lost(has)) for (const field of fields) if (deepEqual(spec[field], before[field])) delete spec[field];
  const ports = (of: ServiceSpec) => (of.ports ?? []).flatMap(({ nodePort }) => nodePort || []);
  const known = new Set(ports(before));
  if (lost(mayHaveNodePort) && ports(spec).every((port) => known.has(port)))
    for (const port of spec.ports ?? []) delete port.nodePort;
  // Its load balancer is on its way out: nobody need see it any more.
  if (spec.type !== 'LoadBalancer') Object.assign(next, { status: { ...next.status, loadBalancer: {} } });
}

function mayHaveNodePort({ type }: ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

/** Takes over allocated values that the client did not send. */
export function adoptAllocated(next: Service, old: Service): void {
  const [spec, before] = [next.spec ?? {}, old.spec ?? {}];
  if (needsClusterIp(spec) && needsClusterIp(before)) {
    if (!spec.clusterIP && before.clusterIP) spec.clusterIP = before.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === before.clusterIP && before.clusterIPs)
      spec.clusterIPs = [...before.clusterIPs];
    if (before.ipFamilyPolicy) spec.ipFamilyPolicy ??= before.ipFamilyPolicy;
    if (!spec.ipFamilies?.length && before.ipFamilies) spec.ipFamilies = [...before.ipFamilies];
  }
  if (needsNodePort(spec) && needsNodePort(before)) adoptNodePorts(spec, before);
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(before) && before.healthCheckNodePort)
    spec.healthCheckNodePort ||= before.healthCheckNodePort;
}

/** Ports are matched by name; a node port that the client gave to another port is not taken from it. */
function adoptNodePorts(spec: ServiceSpec, before: ServiceSpec): void {
  const used = new Set((spec.ports ?? []).flatMap(({ nodePort }) => nodePort ?? []));
  const byName = new Map((before.ports ?? []).map(({ name = '', nodePort }) => [name, nodePort]));
  for (const port of spec.ports ?? []) {
    const nodePort = byName.get(port.name ?? '');
    if (port.nodePort || !nodePort || used.has(nodePort)) continue;
    port.nodePort = nodePort;
    used.add(nodePort);
  }
}

/** `clusterIP` and `clusterIPs` say the same: a client that knows only the first has set both. */
export function syncClusterIps(next: Service, old: Service | undefined): void {
  const { spec } = next;
  if (!spec) return;
  const { clusterIP = '', clusterIPs = [] } = spec;
  const before = old?.spec ?? {};
  if (!old) {
    if (clusterIP && clusterIPs.length === 0) spec.clusterIPs = [clusterIP];
  } else if (clusterIP !== (before.clusterIP ?? '') && deepEqual(clusterIPs, before.clusterIPs ?? [])) {
    if (clusterIP) spec.clusterIPs = [clusterIP];
    else delete spec.clusterIPs;
  }
}
