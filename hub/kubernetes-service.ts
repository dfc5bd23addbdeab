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
import { isLoopback } from '../shared/base/index.ts';
import type { Client } from '../shared/client/index.ts';
import { ApiError, deepEqual } from '../shared/machinery/index.ts';
import { machineAddress } from './address.ts';

/** Where an API is reached from other boards. */
export interface ApiAddress {
  host: string;
  port: number;
}

export interface KubernetesServiceOptions {
  client: Client;
  /** The first address in it is the Service's. */
  serviceCidr: string;
  /** Of all hubs that are alive, this one first. */
  addresses: readonly ApiAddress[];
}

const name = 'kubernetes';
const namespace = 'default';
const metadata = { name, namespace };
const serviceLabel = 'kubernetes.io/service-name';
const canBeEndpoint = ({ host }: ApiAddress) => isIP(host) !== 0 && !isLoopback(host);

/** Creates the Service where there is none, and brings its endpoints up to date with where the hubs are now. */
export async function keepKubernetesService(options: KubernetesServiceOptions): Promise<void> {
  const { client, addresses } = options;
  await client.create(services, service(options)).catch((error: unknown) => {
    if (!ApiError.is(error, 'AlreadyExists')) throw error;
  });
  const known = byPort(addresses.map(asEndpoint).filter(canBeEndpoint));
  if (known.size === 0) return;
  await keepEndpoints(client, known);
  const slices = [...known].map(([port, hosts], at) => sliceOf(at, hosts, port));
  for (const slice of slices) await keepSlice(client, slice);
  const labelSelector = `${serviceLabel}=${name}`;
  const { items } = await client.list(endpointslices, { namespace, labelSelector });
  const names = new Set(slices.map((slice) => slice.metadata?.name));
  for (const { metadata: old } of items) {
    if (old?.name && !names.has(old.name)) await client.delete(endpointslices, { namespace, name: old.name });
  }
}

/** Loopback cannot be an endpoint: as in Kubernetes, an API that listens there alone is told by its machine's address. */
function asEndpoint({ host, port }: ApiAddress): ApiAddress {
  return { host: isLoopback(host) ? (machineAddress() ?? host) : host, port };
}

/** Hosts by port, both in order. */
function byPort(addresses: readonly ApiAddress[]): Map<number, string[]> {
  const ports = [...new Set(addresses.map(({ port }) => port))].sort((a, b) => a - b);
  const hostsAt = (port: number) => addresses.filter((one) => one.port === port).map(({ host }) => host);
  return new Map(ports.map((port) => [port, [...new Set(hostsAt(port))].sort()]));
}

async function keepEndpoints(client: Client, known: ReadonlyMap<number, string[]>): Promise<void> {
  const wanted = endpointsOf(known);
  const current = await found(client.get(endpoints, { name, namespace }));
  if (!current) await client.create(endpoints, wanted);
  else if (!deepEqual(current.subsets, wanted.subsets)) {
    await client.update(endpoints, { ...current, subsets: wanted.subsets });
  }
}

async function keepSlice(client: Client, wanted: EndpointSlice): Promise<void> {
  const { endpoints: addresses, ports } = wanted;
  const current = await found(client.get(endpointslices, { name: wanted.metadata?.name ?? '', namespace }));
  if (!current) await client.create(endpointslices, wanted);
  else if (!deepEqual(current.endpoints, addresses) || !deepEqual(current.ports, ports)) {
    await client.update(endpointslices, { ...current, endpoints: addresses, ports });
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

function service({ serviceCidr, addresses: [self] }: KubernetesServiceOptions): Service {
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, labels },
    spec: {
      clusterIP: firstAddress(serviceCidr),
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: self?.port ?? 443 }],
    },
  };
}

/** e.g. 10.96.0.1 of 10.96.0.0/16 */
function firstAddress(cidr: string): string {
  const [network = ''] = cidr.split('/');
  if (network.includes(':')) return `${network.replace(/::$/, '')}::1`;
  return network.replace(/\d+$/, (last) => String(Number(last) + 1));
}

function endpointsOf(known: ReadonlyMap<number, string[]>): Endpoints {
  const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...metadata, labels },
    subsets: [...known].map(([port, hosts]) => ({
      addresses: hosts.map((ip) => ({ ip })),
      ports: [{ name: 'https', port, protocol: 'TCP' }],
    })),
  };
}

/** Endpoints of one slice share their port: hubs at other ports have slices of their own. */
function sliceOf(at: number, hosts: readonly string[], port: number): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: at === 0 ? name : `${name}-${port}`,
      namespace,
      labels: { [serviceLabel]: name },
    },
    addressType: hosts[0]?.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: hosts.map((host) => ({ addresses: [host], conditions: { ready: true } })),
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  };
}
