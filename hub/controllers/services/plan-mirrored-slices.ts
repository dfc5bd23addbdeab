// The EndpointSlices that say what an Endpoints object of somebody's own says: one for each family and set of ports.

import { type EndpointSlice, type Endpoints, endpoints as endpointsRow } from '../../../shared/api/index.ts';
import { deepEqual, type Live, newControllerRef } from '../../../shared/machinery/index.ts';
import { managedByLabel, type SlicePlan, serviceNameLabel } from './plan-endpoint-slices.ts';
import { lastChangeTriggerTime } from './trigger-times.ts';

type Subset = NonNullable<Endpoints['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];
type Content = Pick<EndpointSlice, 'addressType' | 'ports' | 'endpoints'>;

export const mirrorManager = 'endpointslicemirroring-controller.k8s.io';

/** As upstream: so many addresses of a subset are mirrored. */
const mostOfSubset = 1000;
/** They are about the Endpoints themselves. */
const ownAnnotations = [lastChangeTriggerTime, 'kubectl.kubernetes.io/last-applied-configuration'];

/** `known`: the slices that mirror them already. */
export function planMirroredSlices(
  source: Live<Endpoints>,
  known: readonly Live<EndpointSlice>[],
): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], remove: [] };
  const left = [...known];
  for (const content of contentsOf(source)) {
    const position = left.findIndex(
      ({ addressType, ports }) =>
        addressType === content.addressType && deepEqual(ports ?? [], content.ports),
    );
    const [old] = position < 0 ? [] : left.splice(position, 1);
    if (!old) {
      const generateName = `${source.metadata.name}-`;
      const metadata = { ...metadataOf(source), generateName, namespace: source.metadata.namespace ?? '' };
      plan.create.push({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, ...content });
      continue;
    }
    const next = { ...old, ...content, metadata: { ...old.metadata, ...metadataOf(source) } };
    if (!deepEqual(next, { ...old, endpoints: old.endpoints ?? [] })) plan.update.push(next);
  }
  plan.remove.push(...left);
  return plan;
}

function metadataOf({ metadata }: Live<Endpoints>) {
  const kept = Object.entries(metadata.annotations ?? {}).filter(([key]) => !ownAnnotations.includes(key));
  return {
    labels: { ...metadata.labels, [serviceNameLabel]: metadata.name, [managedByLabel]: mirrorManager },
    ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }),
    ownerReferences: [newControllerRef({ metadata }, endpointsRow)],
  };
}

function contentsOf({ subsets = [] }: Endpoints): Content[] {
  const found: Content[] = [];
  for (const subset of subsets) {
    const ports = (subset.ports ?? []).map((port) => ({ name: '', ...port }));
    const all = [
      ...(subset.addresses ?? []).map((address) => endpointOf(address, true)),
      ...(subset.notReadyAddresses ?? []).map((address) => endpointOf(address, false)),
    ].slice(0, mostOfSubset);
    for (const addressType of ['IPv4', 'IPv6'] as const) {
      const own = all.filter(({ addresses }) => familyOf(addresses[0]) === addressType);
      if (own.length === 0) continue;
      const same = found.find((each) => each.addressType === addressType && deepEqual(each.ports, ports));
      if (same) same.endpoints.push(...own);
      else found.push({ addressType, ports, endpoints: own });
    }
  }
  return found;
}

function endpointOf({ ip, hostname, nodeName, targetRef }: Address, ready: boolean) {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname && { hostname }),
    ...(nodeName && { nodeName }),
    ...(targetRef && { targetRef }),
  };
}

function familyOf(address = ''): 'IPv4' | 'IPv6' {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}
