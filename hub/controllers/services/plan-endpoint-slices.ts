// The EndpointSlices of a Service: which endpoints there should be, and which slices to create, change and delete so that
// as few as possible are written. Pure.

import {
  type EndpointSlice,
  isTerminated,
  type Pod,
  type Service,
  services,
} from '../../../shared/api/index.ts';
import { deepEqual, type Live, newControllerRef } from '../../../shared/machinery/index.ts';
import { isReady } from '../pod-facts.ts';
import { addressesOf, headlessLabel, hostnameOf, isHeadless, targetPortOf } from './service-pods.ts';

type Endpoint = EndpointSlice['endpoints'][number];
type SlicePort = NonNullable<EndpointSlice['ports']>[number];
type Family = 'IPv4' | 'IPv6';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const manager = 'endpointslice-controller.k8s.io';

/** Endpoints of one slice. */
const sliceSize = 100;

export interface SlicePlan {
  create: EndpointSlice[];
  update: Live<EndpointSlice>[];
  remove: Live<EndpointSlice>[];
}

/** What a slice has to hold: endpoints that share address family and ports. */
interface Group {
  family: Family;
  ports: SlicePort[];
  endpoints: Endpoint[];
}

/** `known`: the slices of this Service that are ours. */
export function planSlices(
  service: Live<Service>,
  pods: readonly Live<Pod>[],
  known: readonly Live<EndpointSlice>[],
): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], remove: [] };
  const groups = groupsOf(service, pods);
  const slicesOf = new Map<string, Live<EndpointSlice>[]>();
  for (const slice of known) {
    const key = keyOfGroup(slice.addressType, slice.ports ?? []);
    slicesOf.set(key, [...(slicesOf.get(key) ?? []), slice]);
  }
  for (const [key, group] of groups) {
    fillSlices(service, group, slicesOf.get(key) ?? [], plan);
    slicesOf.delete(key);
  }
  for (const slices of slicesOf.values()) plan.remove.push(...slices);
  return reused(service, plan);
}

function fillSlices(
  service: Live<Service>,
  group: Group,
  slices: readonly Live<EndpointSlice>[],
  plan: SlicePlan,
): void {
  const missing = new Map(group.endpoints.map((endpoint) => [identityOf(endpoint), endpoint]));
  const fillings = slices.map((slice) => {
    const endpoints = (slice.endpoints ?? []).flatMap((endpoint) => {
      const identity = identityOf(endpoint);
      const wanted = missing.get(identity);
      missing.delete(identity);
      return wanted ?? [];
    });
    return { slice, endpoints };
  });
  const left = [...missing.values()];
  for (const { endpoints } of fillings)
    endpoints.push(...left.splice(0, Math.max(0, sliceSize - endpoints.length)));
  const full = fillings.filter(({ endpoints }) => endpoints.length > 0);
  // A Service without endpoints keeps one slice, empty.
  const [spare] = fillings;
  if (full.length === 0 && left.length === 0 && spare) full.push(spare);
  for (const filling of fillings) if (!full.includes(filling)) plan.remove.push(filling.slice);
  for (const { slice, endpoints } of full) {
    const next = { ...slice, endpoints, metadata: { ...slice.metadata, labels: labelsOf(service) } };
    if (!deepEqual(next, { ...slice, endpoints: slice.endpoints ?? [] })) plan.update.push(next);
  }
  while (left.length > 0) plan.create.push(newSlice(service, group, left.splice(0, sliceSize)));
  if (full.length === 0 && plan.create.length === 0 && group.endpoints.length === 0)
    plan.create.push(newSlice(service, group, []));
}

/** A slice that would go is turned into one that would come: one write instead of two. */
function reused(service: Live<Service>, plan: SlicePlan): SlicePlan {
  const { create, update, remove } = plan;
  for (const fresh of [...create]) {
    const position = remove.findIndex(({ addressType }) => addressType === fresh.addressType);
    const old = remove[position];
    if (!old) continue;
    remove.splice(position, 1);
    create.splice(create.indexOf(fresh), 1);
    const { ports: _ports, ...rest } = old;
    const metadata = { ...old.metadata, labels: labelsOf(service) };
    update.push({
      ...rest,
      metadata,
      endpoints: fresh.endpoints,
      ...(fresh.ports && { ports: fresh.ports }),
    });
  }
  return plan;
}

function groupsOf(service: Live<Service>, pods: readonly Live<Pod>[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const family of service.spec?.ipFamilies ?? ['IPv4']) {
    if (family !== 'IPv4' && family !== 'IPv6') continue;
    const found = new Map<string, Group>();
    for (const pod of pods) {
      const addresses = addressesOf(pod, family);
      if (addresses.length === 0 || isTerminated(pod)) continue;
      const ports = portsOf(service, pod);
      const key = keyOfGroup(family, ports);
      const group = found.get(key) ?? { family, ports, endpoints: [] };
      group.endpoints.push(endpointOf(service, pod, addresses));
      found.set(key, group);
    }
    if (found.size === 0) found.set(keyOfGroup(family, []), { family, ports: [], endpoints: [] });
    for (const [key, group] of found) groups.set(key, group);
  }
  return groups;
}

function endpointOf(service: Live<Service>, pod: Live<Pod>, addresses: string[]): Endpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const hostname = hostnameOf(pod, service);
  const { namespace, name, uid } = pod.metadata;
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname && { hostname }),
    ...(pod.spec?.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', ...(namespace && { namespace }), name, uid },
  };
}

function portsOf(service: Live<Service>, pod: Pod): SlicePort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const target = targetPortOf(port, pod);
    if (target === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = port;
    return [{ name, protocol, port: target, ...(appProtocol && { appProtocol }) }];
  });
}

function keyOfGroup(family: string, ports: readonly SlicePort[]): string {
  const facts = ports.map(({ name = '', protocol = 'TCP', port, appProtocol = '' }) =>
    [name, protocol, port, appProtocol].join('/'),
  );
  return `${family} ${facts.sort().join()}`;
}

function identityOf({ targetRef, addresses }: Endpoint): string {
  return targetRef?.uid ?? addresses.join();
}

function newSlice(service: Live<Service>, { family, ports }: Group, endpoints: Endpoint[]): EndpointSlice {
  const { name, namespace } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      ...(namespace && { namespace }),
      labels: labelsOf(service),
      ownerReferences: [newControllerRef(service, services)],
    },
    addressType: family,
    endpoints,
    ...(ports.length > 0 && { ports }),
  };
}

/** The Service's own labels, and what says whose the slice is. */
function labelsOf(service: Live<Service>): Record<string, string> {
  const { [headlessLabel]: _own, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    ...(isHeadless(service) && { [headlessLabel]: '' }),
    [managedByLabel]: manager,
    [serviceNameLabel]: service.metadata.name,
  };
}
