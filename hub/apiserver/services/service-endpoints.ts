// Where a Service's endpoints are, for what the API server itself asks there: webhooks and other API servers. It is on no
// cluster network: a pod on a connected board is reached through its agent, everything else by its address.

import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { endpointslices, pods, services } from '../../../shared/api/index.ts';
import type { NodeStreams } from '../node-streams.ts';
import type { ObjectReader } from '../object-reader.ts';

export interface Endpoint {
  host: string;
  port: number;
  /** A connection through the agent of its node; absent: it is reached by its address. */
  tunnel?(signal: AbortSignal): Promise<Duplex>;
}

/** Throws an Error in upstream's words, e.g. `service "x" not found`. */
export type Endpoints = (namespace: string, name: string, port: number) => Promise<Endpoint>;

interface Target {
  host: string;
  port: number;
  pod?: string;
}

/** Reads Services and EndpointSlices. One of the ready endpoints, at random. */
export function serviceEndpoints(reader: ObjectReader, nodeStreams: NodeStreams): Endpoints {
  return async (namespace, name, port) => {
    const service = await reader.get(services, { namespace, name });
    if (!service) throw new Error(`service "${name}" not found`);
    const { type, externalName = '', ports = [] } = service.spec ?? {};
    if (type === 'ExternalName') return { host: externalName, port };
    const wanted = ports.find((each) => each.port === port);
    if (!wanted) throw new Error(`service "${name}" has no port ${port}`);
    const targets = await targetsOf(namespace, name, wanted.name ?? '');
    const target = targets[Math.floor(Math.random() * targets.length)];
    if (!target) throw new Error(`no endpoints available for service "${name}"`);
    const tunnel = target.pod === undefined ? undefined : await tunnelTo(namespace, target.pod, target.port);
    return { host: target.host, port: target.port, ...(tunnel && { tunnel }) };
  };

  async function targetsOf(namespace: string, name: string, portName: string): Promise<Target[]> {
    const slices = await reader.list(endpointslices, namespace);
    return slices.flatMap(({ metadata, endpoints, ports }): Target[] => {
      if (metadata.labels?.['kubernetes.io/service-name'] !== name) return [];
      const port = (ports ?? []).find((each) => (each.name ?? '') === portName)?.port;
      if (port === undefined) return [];
      return (endpoints ?? []).flatMap(({ addresses: [host], conditions, targetRef }) =>
        host === undefined || conditions?.ready === false
          ? []
          : [{ host, port, ...(targetRef?.kind === 'Pod' && targetRef.name && { pod: targetRef.name }) }],
      );
    });
  }

  /** Undefined: there is no way through its node now. */
  async function tunnelTo(namespace: string, name: string, port: number): Promise<Endpoint['tunnel']> {
    const pod = await reader.get(pods, { namespace, name });
    const node = pod?.spec?.nodeName;
    if (!pod || !node) return undefined;
    try {
      nodeStreams.check(node);
    } catch {
      return undefined; // its address is tried, which says what is wrong
    }
    const { uid } = pod.metadata;
    return (signal) => nodeStreams.open(node, { kind: 'port', namespace, pod: name, uid, port }, signal);
  }
}

/** Resolves once TCP is connected. */
export async function connectTo({ host, port, tunnel }: Endpoint, signal: AbortSignal): Promise<Duplex> {
  if (tunnel) return tunnel(signal);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
