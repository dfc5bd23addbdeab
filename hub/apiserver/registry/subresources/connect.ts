// pods/exec, pods/attach and pods/portforward: who is talked to, and whether that can be; the door then upgrades the
// connection. Everything that can be refused is refused here, while an answer is still a plain Status.

import { type Pod, pods } from '../../../../shared/api/index.ts';
import { ApiError, type Live } from '../../../../shared/machinery/index.ts';
import { isLiveOf, type Kind } from '../../kind.ts';
import type { CommandStreams } from '../../node-streams.ts';
import type { ApiRequest } from '../../request.ts';
import { saysTrue } from '../../rest-path.ts';
import type { StreamSession } from '../../stream-session.ts';
import type { Handler } from '../outcome.ts';
import { get } from '../read.ts';
import type { RegistryParts } from '../registry-parts.ts';
import { chooseContainer, containerStatusOf } from './choose-container.ts';

export const exec: Handler = async (parts, kind, request) => {
  const place = await placeOf(parts, kind, request);
  const container = chooseContainer(place.pod, request.query.get('container') ?? '');
  const node = reachable(parts, place, request);
  const command = request.query.getAll('command');
  if (command.length === 0) {
    throw new ApiError('BadRequest', 'you must specify at least 1 command for the container');
  }
  const streams = streamsOf(request.query);
  checkRunning(place.pod, container);
  const asked = { kind: 'exec' as const, ...place.address, container, command, ...streams };
  const open = (signal: AbortSignal) => parts.nodeStreams.open(node, asked, signal);
  return session(request, { kind: 'command', streams, open });
};

export const attach: Handler = async (parts, kind, request) => {
  const place = await placeOf(parts, kind, request);
  const container = chooseContainer(place.pod, request.query.get('container') ?? '');
  const node = reachable(parts, place, request);
  const streams = streamsOf(request.query);
  checkRunning(place.pod, container);
  const asked = { kind: 'attach' as const, ...place.address, container, ...streams };
  const open = (signal: AbortSignal) => parts.nodeStreams.open(node, asked, signal);
  return session(request, { kind: 'command', streams, open });
};

export const portForward: Handler = async (parts, kind, request) => {
  const place = await placeOf(parts, kind, request);
  const node = reachable(parts, place, request);
  const ports = request.query.getAll('ports').flatMap((list) => list.split(',').map(portOf));
  const { phase } = place.pod.status ?? {};
  if (phase !== 'Running') {
    const message = `unable to forward port because pod is not running. Current status=${phase ?? 'Unknown'}`;
    throw new ApiError('BadRequest', message);
  }
  const connect = (port: number, signal: AbortSignal) =>
    parts.nodeStreams.open(node, { kind: 'port', ...place.address, port }, signal);
  return session(request, { kind: 'ports', ports, connect });
};

interface Place {
  pod: Live<Pod>;
  address: { namespace: string; pod: string; uid: string };
}

/** The pod; admission is asked. Throws NotFound. */
async function placeOf(parts: RegistryParts, kind: Kind, request: ApiRequest): Promise<Place> {
  const pod = await get(parts, kind, request);
  if (!isLiveOf(pods, pod)) throw new TypeError('only pods have streams');
  for (const plugin of parts.admission) await plugin.connect?.(request, pod);
  const { name, namespace = '', uid } = pod.metadata;
  return { pod, address: { namespace, pod: name, uid } };
}

/** The node's name. Throws BadRequest without one or without an upgrade, ServiceUnavailable where no node answers. */
function reachable({ nodeStreams }: RegistryParts, { pod }: Place, { upgrade }: ApiRequest): string {
  const { name } = pod.metadata;
  const node = pod.spec?.nodeName;
  if (!node) throw new ApiError('BadRequest', `pod ${name} does not have a host assigned`);
  if (upgrade === undefined) throw new ApiError('BadRequest', 'Upgrade request required');
  nodeStreams.check(node);
  return node;
}

/** Asked last: who would be refused over WebSockets too hears why. */
function session(
  { upgrade }: ApiRequest,
  session: StreamSession,
): { type: 'session'; session: StreamSession } {
  if (upgrade === 'websocket') return { type: 'session', session };
  const remedy = 'use kubectl 1.30 or newer (with 1.29: KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true), or kelp';
  const newer =
    session.kind === 'ports'
      ? 'use kubectl 1.31 or newer (with 1.30: KUBECTL_PORT_FORWARD_WEBSOCKETS=true), or kelp'
      : remedy;
  throw new ApiError('BadRequest', `streams are carried over WebSockets here, not over ${upgrade}: ${newer}`);
}

function streamsOf(query: URLSearchParams): CommandStreams {
  const flag = (name: string) => saysTrue(query.get(name));
  const [stdin, stdout, stderr, tty] = [flag('stdin'), flag('stdout'), flag('stderr'), flag('tty')];
  if (!stdin && !stdout && !stderr) {
    throw new ApiError('BadRequest', 'you must specify at least 1 of stdin, stdout, stderr');
  }
  // A terminal has one output.
  return { stdin, stdout, stderr: stderr && !tty, tty };
}

function checkRunning(pod: Live<Pod>, container: string): void {
  if (containerStatusOf(pod, container)?.state?.running) return;
  throw new ApiError('BadRequest', `container not found (${JSON.stringify(container)})`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port > 0 && port < 65536) return port;
  throw new ApiError('BadRequest', `invalid port ${JSON.stringify(text)}: must be 1–65535`);
}
