// Listens at local ports; each connection becomes one to the pod, over a WebSocket of its own.

import { once, setMaxListeners } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { UserError } from '../../../shared/base/index.ts';
import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import type { Session } from '../session.ts';
import { podFor } from '../streams/choose-container.ts';
import { joinConnection } from './join-connection.ts';
import { type ForwardedPort, planPorts } from './plan-ports.ts';

export interface PortForwardFlags {
  address?: readonly string[];
}

/** Until it is interrupted. */
export async function portForward(
  what: string,
  asked: readonly string[],
  { address = ['localhost'] }: PortForwardFlags,
  session: Session,
): Promise<void> {
  const { pod, path } = await podFor(what, session);
  const ports = planPorts(asked, pod, await serviceNamed(what, session));
  const hosts = address.flatMap((name) => (name === 'localhost' ? ['127.0.0.1', '::1'] : [name]));
  const servers: Server[] = [];
  const { interrupted } = session.terminal;
  // Every connection listens for the end.
  setMaxListeners(0, interrupted);
  try {
    for (const port of ports) servers.push(...(await listen(hosts, port, `${path}/portforward`, session)));
    if (!interrupted.aborted) await once(interrupted, 'abort');
  } finally {
    for (const server of servers) server.close();
  }
}

async function serviceNamed(what: string, session: Session): Promise<JsonObject | undefined> {
  const [, name] = /^(?:svc|services?)\/(.+)$/.exec(what) ?? [];
  if (!name) return undefined;
  const path = `/api/v1/namespaces/${encodeURIComponent(session.namespace)}/services/${encodeURIComponent(name)}`;
  const service = await session.call(path);
  return isRecord(service) ? service : undefined;
}

/** At every address with the same port. One that this machine has not is passed over, as long as there is another. */
async function listen(
  hosts: readonly string[],
  { local, remote }: ForwardedPort,
  path: string,
  session: Session,
): Promise<Server[]> {
  const servers: Server[] = [];
  let port = local;
  let failure: unknown;
  for (const host of hosts) {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      forward(socket, port, remote, path, session),
    );
    server.listen(port, host);
    try {
      await once(server, 'listening');
    } catch (error) {
      failure = error;
      continue;
    }
    port = (server.address() as AddressInfo).port;
    servers.push(server);
    const shown = host.includes(':') ? `[${host}]` : host;
    session.write(`Forwarding from ${shown}:${port} -> ${remote}\n`);
  }
  if (servers.length > 0) return servers;
  const why = failure instanceof Error ? failure.message : String(failure);
  throw new UserError(`unable to listen on port ${local}: ${why}`);
}

function forward(socket: Socket, local: number, remote: number, path: string, session: Session): void {
  session.write(`Handling connection for ${local}\n`);
  joinConnection(socket, `${path}?ports=${remote}`, session.api.access, session.terminal.interrupted).catch(
    (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      session.tell(`an error occurred forwarding ${local} -> ${remote}: ${why}`);
    },
  );
}
