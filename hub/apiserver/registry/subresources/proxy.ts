// pods/proxy, services/proxy and nodes/proxy: which HTTP server is meant by `[SCHEME:]NAME[:PORT]`, and how it is reached
// through the agent of its node. As upstream's ResourceLocation.

import { endpoints, nodes, type Pod, pods, type Service, services } from '../../../../shared/api/index.ts';
import { ApiError, type Live, notFound } from '../../../../shared/machinery/index.ts';
import { isLiveOf } from '../../kind.ts';
import type { NodeStreamRequest } from '../../node-streams.ts';
import type { ProxyTarget } from '../../stream-session.ts';
import type { Handler } from '../outcome.ts';
import { get } from '../read.ts';
import type { RegistryParts } from '../registry-parts.ts';

interface Asked {
  scheme: string;
  name: string;
  port: string;
}

interface Location {
  node: string;
  request: NodeStreamRequest;
  host: string;
}

/** The kubelet's own port: asked for or not, the agent itself is meant. */
const kubeletPort = '10250';

export const proxy: Handler = async (parts, kind, request) => {
  const asked = parseTarget(request.name ?? '', kind.row.resource);
  const object = await get(parts, kind, { ...request, name: asked.name, query: new URLSearchParams() });
  for (const plugin of parts.admission) await plugin.connect?.(request, object);
  const { node, request: opened, host } = await locate(parts, object, asked);
  parts.nodeStreams.check(node);
  const query = request.query.size > 0 ? `?${request.query}` : '';
  const target: ProxyTarget = {
    path: `${request.remainder || '/'}${query}`,
    host,
    bare: !request.remainder,
    // As upstream: who is proxied to by https is not asked for a certificate that anybody knows.
    ...(asked.scheme === 'https' && { tls: { rejectUnauthorized: false } }),
    connect: (signal) => parts.nodeStreams.open(node, opened, signal),
  };
  return { type: 'proxy', target };
};

/** Throws BadRequest for a name that has not this form. */
function parseTarget(text: string, resource: string): Asked {
  const parts = text.split(':');
  const [first = '', second = '', third = ''] = parts;
  if (parts.length === 1) return { scheme: '', name: first, port: '' };
  if (parts.length === 2) return { scheme: '', name: first, port: second };
  if (parts.length === 3 && ['http', 'https', ''].includes(first)) {
    return { scheme: first, name: second, port: third };
  }
  throw new ApiError('BadRequest', `invalid ${resource.replace(/s$/, '')} request ${JSON.stringify(text)}`);
}

async function locate(parts: RegistryParts, object: Live, asked: Asked): Promise<Location> {
  if (isLiveOf(pods, object)) return podLocation(object, asked.port);
  if (isLiveOf(services, object)) return serviceLocation(parts, object, asked.port);
  if (isLiveOf(nodes, object)) return nodeLocation(object.metadata.name, asked.port);
  throw new TypeError(`${object.kind ?? ''} has no proxy`);
}

function podLocation(pod: Live<Pod>, asked: string): Location {
  const { name, namespace = '', uid } = pod.metadata;
  const node = pod.spec?.nodeName;
  if (!node || !pod.status?.podIP) throw new ApiError('BadRequest', 'address not allowed');
  const declared = (pod.spec?.containers ?? []).flatMap(({ ports }) => ports ?? []);
  const named = declared.find((port) => port.name === asked)?.containerPort;
  const port = asked === '' ? (declared[0]?.containerPort ?? 80) : (named ?? numberOf(asked));
  const request = { kind: 'port' as const, namespace, pod: name, uid, port };
  return { node, request, host: `${pod.status.podIP}:${port}` };
}

/** One of the ready endpoints, at random. */
async function serviceLocation(
  parts: RegistryParts,
  service: Live<Service>,
  asked: string,
): Promise<Location> {
  const { name, namespace = '' } = service.metadata;
  const wanted = servicePort(service, asked);
  const found = await parts.reader.get(endpoints, { namespace, name });
  if (!found) throw notFound({ group: '', resource: 'endpoints' }, name);
  const candidates = (found.subsets ?? []).flatMap(({ addresses = [], ports = [] }) => {
    const port = ports.find((each) => (each.name ?? '') === wanted);
    return port ? addresses.map(({ targetRef, ip }) => ({ targetRef, ip, port: port.port })) : [];
  });
  const chosen = candidates[Math.floor(Math.random() * candidates.length)];
  if (!chosen) throw new ApiError('ServiceUnavailable', `no endpoints available for service "${name}"`);
  const pod =
    chosen.targetRef?.kind === 'Pod'
      ? await parts.reader.get(pods, { namespace, name: chosen.targetRef.name ?? '' })
      : undefined;
  if (!pod) {
    const message = `endpoint ${chosen.ip} of service "${name}" is no pod: it cannot be reached through a node`;
    throw new ApiError('ServiceUnavailable', message);
  }
  return podLocation(pod, String(chosen.port));
}

/** The name of the service's port, which is also the name of the endpoints' port. */
function servicePort({ spec, metadata }: Live<Service>, asked: string): string {
  const ports = spec?.ports ?? [];
  const [only] = ports;
  if (asked === '' && only && ports.length === 1) return only.name ?? '';
  const found = ports.find((port) => (port.name ?? '') === asked || String(port.port) === asked);
  if (found) return found.name ?? '';
  const message = `no service port ${JSON.stringify(asked)} found for service ${JSON.stringify(metadata.name)}`;
  throw new ApiError('ServiceUnavailable', message);
}

function nodeLocation(node: string, asked: string): Location {
  const own = asked === '' || asked === kubeletPort;
  const request = { kind: 'node' as const, ...(!own && { port: numberOf(asked) }) };
  return { node, request, host: `${node}:${own ? kubeletPort : asked}` };
}

function numberOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port > 0 && port < 65536) return port;
  throw new ApiError('BadRequest', `invalid port ${JSON.stringify(text)}`);
}
