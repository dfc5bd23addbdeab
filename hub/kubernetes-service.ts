// The Service `kubernetes` in namespace default: how programs in the cluster find the API.

import { isIP } from 'node:net';
import {
  type EndpointSlice,
  type Endpoints,
  endpoints,
  endpointslices,
  type Service,
  services,
} from '../shared/api/index.ts';
import type { Client } from '../shared/client/index.ts';
import { ApiError, deepEqual } from '../shared/machinery/index.ts';

export interface KubernetesServiceOptions {
  client: Client;
  /** The first address in it is the Service's. */
  serviceCidr: string;
  /** Where the API is reached from other boards. */
  host: string;
  port: number;
}

const name = 'kubernetes';
const namespace = 'default';
const metadata = { name, namespace };
/** An address of this machine alone cannot be an endpoint. */
const isReachable = (host: string) => isIP(host) !== 0 && !host.startsWith('127.') && host !== '::1';

/** Creates the Service where there is none, and brings its endpoints up to date with where the hub is now. */
export async function keepKubernetesService(options: KubernetesServiceOptions): Promise<void> {
  const { client, host, port } = options;
  await client.create(services, service(options)).catch((error: unknown) => {
    if (!ApiError.is(error, 'AlreadyExists')) throw error;
  });
  if (!isReachable(host)) return;
  const wanted = { endpoints: endpointsOf(host, port), slice: sliceOf(host, port) };
  const current = await found(client.get(endpoints, { name, namespace }));
  if (!current) await client.create(endpoints, wanted.endpoints);
  else if (!deepEqual(current.subsets, wanted.endpoints.subsets)) {
    await client.update(endpoints, { ...current, subsets: wanted.endpoints.subsets });
  }
  const slice = await found(client.get(endpointslices, { name, namespace }));
  const { endpoints: addresses, ports } = wanted.slice;
  if (!slice) await client.create(endpointslices, wanted.slice);
  else if (!deepEqual(slice.endpoints, addresses) || !deepEqual(slice.ports, ports)) {
    await client.update(endpointslices, { ...slice, endpoints: addresses, ports });
  }
}

async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (ApiError.is(error, 'NotFound')) return undefined;
    throw error;
  }
}

function service({ serviceCidr, port }: KubernetesServiceOptions): Service {
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, labels },
    spec: {
      clusterIP: firstAddress(serviceCidr),
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
    },
  };
}

/** e.g. 10.96.0.1 of 10.96.0.0/16 */
function firstAddress(cidr: string): string {
  const [network = ''] = cidr.split('/');
  if (network.includes(':')) return `${network.replace(/::$/, '')}::1`;
  return network.replace(/\d+$/, (last) => String(Number(last) + 1));
}

function endpointsOf(ip: string, port: number): Endpoints {
  const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...metadata, labels },
    subsets: [{ addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  };
}

function sliceOf(ip: string, port: number): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': name } },
    addressType: ip.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  };
}
