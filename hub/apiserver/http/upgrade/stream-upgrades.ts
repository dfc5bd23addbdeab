// Turns connections into WebSockets and serves what goes on over them. The library is loaded with the first one.

import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Logger } from '../../../../shared/base/index.ts';
import { ApiError } from '../../../../shared/machinery/index.ts';
import type { StreamSession } from '../../stream-session.ts';
import { formOf } from './message-form.ts';
import { portChannelProtocols, servePortChannels } from './port-forward-channels.ts';
import { servePortTunnel, tunnelProtocol } from './port-forward-tunnel.ts';
import { remoteCommandProtocols, serveRemoteCommand } from './remote-command.ts';
import { byteProtocols, serveBytes } from './serve-bytes.ts';
import { WebSocketMessages } from './web-socket-messages.ts';

type Served = StreamSession | { kind: 'bytes'; stream: Readable };

const protocols = {
  command: remoteCommandProtocols,
  ports: [tunnelProtocol, ...portChannelProtocols],
  bytes: byteProtocols,
};

/** Bytes of one message; kubectl's have at most some tens of KiB. */
const longestMessage = 1024 * 1024;
/** A client that vanished without a word is found by this, also while it is not read from. */
const pingMs = 15_000;
const goodByeMs = 500;

export class StreamUpgrades {
  private readonly log: Logger;
  private readonly open = new Set<WebSocket>();
  private readonly protocols = new WeakMap<IncomingMessage, string>();
  private server: Promise<WebSocketServer> | undefined;

  constructor({ log }: { log: Logger }) {
    this.log = log;
  }

  /** Resolves when the session is over. Throws ApiError while the connection can still be answered. */
  async serve(request: IncomingMessage, socket: Duplex, head: Buffer, session: Served): Promise<void> {
    const protocol = protocolFor(request, session);
    this.server ??= this.loadServer();
    const server = await this.server;
    // The library takes tokens only, which kubectl's name of a protocol with a slash is not: it is settled without it.
    delete request.headers['sec-websocket-protocol'];
    this.protocols.set(request, protocol);
    const messages = await new Promise<WebSocketMessages>((resolve, reject) => {
      // The library itself answers what is no proper handshake.
      socket.once('close', () => reject(new Error('the connection ended before it was upgraded')));
      server.handleUpgrade(request, socket, head, (webSocket) => {
        this.keep(webSocket);
        resolve(new WebSocketMessages(webSocket, formOf(protocol)));
      });
    });
    try {
      if (session.kind === 'command') await serveRemoteCommand(messages, session, protocol);
      else if (session.kind === 'bytes') await serveBytes(messages, session.stream);
      else if (protocol === tunnelProtocol) await servePortTunnel(messages, session);
      else await servePortChannels(messages, session);
    } catch (error) {
      this.log.error({ err: error }, 'a stream failed');
      messages.close(1011, 'the stream failed');
    }
  }

  /** Says good-bye to all clients; those that do not answer are left to the door. */
  async stop(): Promise<void> {
    const closing = [...this.open].map((socket) => {
      socket.resume();
      socket.close(1001, 'the hub is stopping');
      return new Promise((resolve) => socket.once('close', resolve));
    });
    if (closing.length === 0) return;
    const patience = new AbortController();
    const late = setTimeout(goodByeMs, undefined, { signal: patience.signal }).catch(() => {});
    await Promise.race([Promise.all(closing), late]);
    patience.abort();
  }

  private async loadServer(): Promise<WebSocketServer> {
    const { WebSocketServer } = await import('ws');
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: longestMessage,
    });
    server.on('headers', (headers, request) => {
      const protocol = this.protocols.get(request);
      if (protocol) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
    });
    return server;
  }

  private keep(socket: WebSocket): void {
    this.open.add(socket);
    const pings = setInterval(() => socket.ping(), pingMs);
    socket.once('close', () => {
      clearInterval(pings);
      this.open.delete(socket);
    });
  }
}

/** The best one that both sides speak; empty: the client named none, which is one too. */
function protocolFor(request: IncomingMessage, session: Served): string {
  const header = request.headers['sec-websocket-protocol'] ?? '';
  const offered = header.split(',').map((protocol) => protocol.trim());
  const spoken: readonly string[] = protocols[session.kind];
  const found = spoken.find((protocol) => offered.includes(protocol));
  if (found === undefined) {
    const names = spoken.filter((protocol) => protocol !== '').join(', ');
    const message = `none of the WebSocket protocols ${JSON.stringify(header)} is spoken here; there are: ${names}`;
    throw new ApiError('BadRequest', message);
  }
  if (found !== tunnelProtocol && session.kind === 'ports' && session.ports.length === 0) {
    throw new ApiError('BadRequest', `query parameter "ports" is required`);
  }
  return found;
}
