// Carries a request to another HTTP server and its answer back: pods/proxy, services/proxy and nodes/proxy through a node's
// agent, and what other API servers answer. Of the client's identity goes along only what the target says.

import {
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect as connectTls } from 'node:tls';
import { ApiError } from '../../../shared/machinery/index.ts';
import type { ProxyTarget } from '../stream-session.ts';

/** Of one hop only, or for this server alone. */
const notPassedOn = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'authorization',
  'host',
];

/** Hears the code by which the other server answers. */
export interface AnswerWatcher {
  begins(code: number): void;
}

/** Resolves when the answer is written. Throws ApiError (ServiceUnavailable: nobody answers there). */
export async function proxyRequest(
  request: IncomingMessage,
  response: ServerResponse,
  target: ProxyTarget,
  gone: AbortSignal,
  watcher?: AnswerWatcher,
): Promise<void> {
  const connection = await connectTo(target, gone);
  try {
    const outgoing = outgoingFor(request, target, connection, {});
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
    });
    const sent = pipeline(request, outgoing).catch(() => {
      // A server may answer without reading all of the request; if it does not answer, `answered` says why.
    });
    const answer = await answered.catch((cause: unknown) => {
      throw unreachable(target, cause);
    });
    const { statusCode = 502, statusMessage } = answer;
    watcher?.begins(statusCode);
    response.writeHead(statusCode, statusMessage, passedOn(answer.headers));
    response.flushHeaders();
    await pipeline(answer, response);
    await Promise.race([sent, undefined]);
  } finally {
    connection.destroy();
  }
}

/** The same for a connection that the other server upgrades, e.g. to a WebSocket of its own. */
export async function proxyUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  target: ProxyTarget,
  gone: AbortSignal,
  watcher?: AnswerWatcher,
): Promise<void> {
  const connection = await connectTo(target, gone);
  try {
    const upgrade = { connection: 'Upgrade', upgrade: request.headers.upgrade ?? '' };
    const outgoing = outgoingFor(request, target, connection, upgrade);
    outgoing.end();
    await new Promise<void>((resolve, reject) => {
      outgoing.once('error', (cause) => reject(unreachable(target, cause)));
      outgoing.once('upgrade', (answer, _socket, rest) => {
        watcher?.begins(answer.statusCode ?? 101);
        socket.write(headOf(answer));
        socket.write(rest);
        connection.write(head);
        Promise.all([pipeline(socket, connection), pipeline(connection, socket)]).then(
          () => resolve(),
          () => resolve(), // one of both has gone: that is the end of an upgraded connection
        );
      });
      outgoing.once('response', (answer) => {
        watcher?.begins(answer.statusCode ?? 502);
        socket.write(headOf(answer, 'close'));
        pipeline(answer, socket).then(resolve, () => resolve());
      });
    });
  } finally {
    connection.destroy();
    socket.destroy();
  }
}

async function connectTo(target: ProxyTarget, gone: AbortSignal): Promise<Duplex> {
  const connection = await target.connect(gone).catch((cause: unknown) => {
    // What the agent could not connect to is no fault of the request.
    throw ApiError.is(cause, 'BadRequest') ? unreachable(target, cause) : cause;
  });
  return target.tls ? connectTls({ ...target.tls, socket: connection }) : connection;
}

function outgoingFor(
  request: IncomingMessage,
  { path, host, headers = {} }: ProxyTarget,
  connection: Duplex,
  more: Record<string, string>,
): ClientRequest {
  return httpRequest({
    createConnection: () => connection,
    method: request.method,
    path,
    headers: { ...passedOn(request.headers), ...lengthOf(request), ...more, ...headers, host },
  });
}

function passedOn(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = String(headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !notPassedOn.includes(name) && !named.includes(name) && !saysWho(name))
      kept[name] = value;
  }
  return kept;
}

/** By these one API server tells another who asks: a client may not. As whom somebody acts is settled here. */
function saysWho(header: string): boolean {
  return header.startsWith('x-remote-') || header.startsWith('impersonate-');
}

/** A body of unknown length goes on as one; a request without a body has none there either. */
function lengthOf({ headers }: IncomingMessage): Record<string, string> {
  return headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' };
}

function headOf(
  { statusCode = 502, statusMessage = '', rawHeaders }: IncomingMessage,
  connection?: string,
): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (connection && /^(connection|transfer-encoding|keep-alive)$/i.test(name)) continue;
    lines.push(`${name}: ${rawHeaders[index + 1]}`);
  }
  if (connection) lines.push(`Connection: ${connection}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function unreachable({ host }: ProxyTarget, cause: unknown): ApiError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ApiError('ServiceUnavailable', `error trying to reach service: ${host}: ${why}`, undefined, {
    cause,
  });
}
