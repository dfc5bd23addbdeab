// The Endpoints object of a Service: addresses by readiness, grouped by the ports that they share. Pure.

import { type Endpoints, isTerminated, type Pod, type Service } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { isReady } from '../pod-facts.ts';
import { addressesOf, headlessLabel, hostnameOf, isHeadless, targetPortOf } from './service-pods.ts';

type Subset = NonNullable<Endpoints['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];
type Port = NonNullable<Subset['ports']>[number];

interface Group {
  ports: Port[];
  ready: Address[];
  notReady: Address[];
}

/** More addresses are cut off, and an annotation says so. */
const capacity = 1000;
export const overCapacity = 'endpoints.kubernetes.io/over-capacity';

export function plannedEndpoints(service: Live<Service>, pods: readonly Live<Pod>[]): Endpoints {
  const groups = new Map<string, Group>();
  const toleratesUnready = service.spec?.publishNotReadyAddresses === true;
  for (const pod of pods) {
    const address = addressOf(pod, service);
    if (!address || (isTerminated(pod) && !toleratesUnready)) continue;
    if (pod.metadata.deletionTimestamp && !toleratesUnready) continue;
    const readiness = toleratesUnready || isReady(pod) ? 'ready' : staysOut(pod) ? undefined : 'notReady';
    if (readiness) groupFor(groups, portsOf(service, pod))?.[readiness].push(address);
  }
  const labels = labelsOf(service);
  const cut = cutDown([...groups.values()]);
  const { name, namespace } = service.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name,
      ...(namespace && { namespace }),
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(cut.isCut && { annotations: { [overCapacity]: 'truncated' } }),
    },
    subsets: cut.groups.map(subsetOf),
  };
}

/** A pod that will not run again is nobody's endpoint, ready or not. */
function staysOut({ spec, status }: Pod): boolean {
  if (spec?.restartPolicy === 'Never') return status?.phase === 'Failed' || status?.phase === 'Succeeded';
  return spec?.restartPolicy === 'OnFailure' && status?.phase === 'Succeeded';
}

function addressOf(pod: Live<Pod>, service: Live<Service>): Address | undefined {
  const family = service.spec?.ipFamilies?.[0] === 'IPv6' ? 'IPv6' : 'IPv4';
  const [ip] = addressesOf(pod, family);
  if (!ip) return undefined;
  const hostname = hostnameOf(pod, service);
  const { namespace, name, uid } = pod.metadata;
  return {
    ip,
    ...(hostname && { hostname }),
    ...(pod.spec?.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', ...(namespace && { namespace }), name, uid },
  };
}

/** Undefined: the pod has none of the ports. An empty list: the Service is headless and has none. */
function portsOf(service: Live<Service>, pod: Pod): Port[] | undefined {
  const declared = service.spec?.ports ?? [];
  if (declared.length === 0) return isHeadless(service) ? [] : undefined;
  const ports = declared.flatMap((port) => {
    const target = targetPortOf(port, pod);
    if (target === undefined) return [];
    const { name, protocol = 'TCP', appProtocol } = port;
    return [{ ...(name && { name }), port: target, protocol, ...(appProtocol && { appProtocol }) }];
  });
  return ports.length > 0 ? ports : undefined;
}

function groupFor(groups: Map<string, Group>, ports: Port[] | undefined): Group | undefined {
  if (!ports) return undefined;
  const key = JSON.stringify(ports.map(({ name, port, protocol }) => [name, port, protocol]).sort());
  const known = groups.get(key);
  if (known) return known;
  const group = { ports, ready: [], notReady: [] };
  groups.set(key, group);
  return group;
}

function labelsOf(service: Live<Service>): Record<string, string> {
  const { [headlessLabel]: _own, ...labels } = service.metadata.labels ?? {};
  return isHeadless(service) ? { ...labels, [headlessLabel]: '' } : labels;
}

function subsetOf({ ports, ready, notReady }: Group): Subset {
  return {
    ...(ready.length > 0 && { addresses: ready.sort(byIp) }),
    ...(notReady.length > 0 && { notReadyAddresses: notReady.sort(byIp) }),
    ...(ports.length > 0 && { ports }),
  };
}

function byIp(a: Address, b: Address): number {
  if (a.ip !== b.ip) return a.ip < b.ip ? -1 : 1;
  return (a.targetRef?.uid ?? '') < (b.targetRef?.uid ?? '') ? -1 : 1;
}

/** Ready addresses are kept first. */
function cutDown(groups: Group[]): { groups: Group[]; isCut: boolean } {
  const total = groups.reduce((sum, { ready, notReady }) => sum + ready.length + notReady.length, 0);
  if (total <= capacity) return { groups, isCut: false };
  let left = capacity;
  const take = (addresses: Address[]) => {
    const taken = addresses.sort(byIp).slice(0, left);
    left -= taken.length;
    return taken;
  };
  const ready = groups.map((group) => take(group.ready));
  const cut = groups.map((group, position) => ({
    ports: group.ports,
    ready: ready[position] ?? [],
    notReady: take(group.notReady),
  }));
  return { groups: cut.filter((group) => group.ready.length + group.notReady.length > 0), isCut: true };
}
