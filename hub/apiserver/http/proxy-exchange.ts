// Carries a request to another HTTP server and its answer back: pods/proxy, services/proxy and nodes/proxy through a node's
// agent, and what other API servers answer. Of the client's identity goes along only what the target says.

import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApiError } from '../../../shared/machinery/index.ts';
import { connectTo, openTarget, redirects, redirectText, unreachable } from '../open-target.ts';
import { errorText } from '../plain-text.ts';
import type { ProxyTarget } from '../stream-session.ts';
import { closeUnread } from './close-unread.ts';
import { type PageOrigin, type Shown, shownThrough } from './proxied-links.ts';
import { remoteAddress } from './source-ips.ts';
import { refuseOnSocket } from './upgrade/index.ts';

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
/** Whose scripts may read an answer of this server's is not for who is proxied to to say. */
const crossOrigin = [
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
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
  const { method = 'GET' } = request;
  if (target.bare && ['GET', 'HEAD'].includes(method)) return toRoot(request, response, watcher);
  const origin = target.isApiServer ? undefined : originOf(request, target);
  const headers = {
    ...headersOf(request),
    'x-forwarded-uri': `${origin?.prefix ?? ''}${pathOf(target.path)}`,
  };
  const asked = { method, headers, ...(hasBody(request) && { body: request }) };
  const opened = await openTarget(target, asked, gone).catch((cause: unknown) => unreachable(target, cause));
  if (opened instanceof ApiError) {
    if (!target.isApiServer) throw opened;
    return writePlain(response, opened.code, `${opened.message}\n`, watcher);
  }
  const { answer, release } = opened;
  try {
    if (target.isApiServer && redirects(answer)) return writePlain(response, 502, redirectText, watcher);
    const { statusCode = 502, statusMessage } = answer;
    watcher?.begins(statusCode);
    const shown: Shown = origin
      ? shownThrough(answer, method, origin)
      : { headers: answer.headers, steps: [] };
    response.writeHead(statusCode, statusMessage, withoutCrossOrigin(passedOn(shown.headers)));
    response.flushHeaders();
    await pipeline([answer, ...shown.steps, response]);
  } finally {
    release();
  }
}

function writePlain(response: ServerResponse, code: number, text: string, watcher?: AnswerWatcher): void {
  watcher?.begins(code);
  const { body, contentType, headers } = errorText(code, text);
  closeUnread(response);
  response.writeHead(code, { 'content-type': contentType, 'content-length': body.length, ...headers });
  response.end(body);
}

/** As upstream: `…/proxy?a=b` is found at `…/proxy/?a=b`. */
function toRoot({ url = '' }: IncomingMessage, response: ServerResponse, watcher?: AnswerWatcher): void {
  watcher?.begins(301);
  response.writeHead(301, { location: url.replace(/^[^?]*/, (path) => `${path}/`), 'content-length': 0 });
  response.end();
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
  try {
    await exchangeUpgrade(request, socket, head, target, gone, watcher);
  } catch (error) {
    if (!target.isApiServer || !(error instanceof ApiError)) throw error;
    watcher?.begins(error.code);
    const { body, contentType } = errorText(error.code, `${error.message}\n`);
    refuseOnSocket(socket, error.code, body.toString(), contentType);
  }
}

async function exchangeUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  target: ProxyTarget,
  gone: AbortSignal,
  watcher?: AnswerWatcher,
): Promise<void> {
  const connection = await connectTo(target, gone).catch((cause: unknown) => {
    throw unreachable(target, cause);
  });
  try {
    const upgrade = { connection: 'Upgrade', upgrade: request.headers.upgrade ?? '' };
    const outgoing = httpRequest({
      ...{ createConnection: () => connection, method: request.method, path: target.path },
      headers: { ...headersOf(request), ...upgrade, ...target.headers, host: target.host },
    });
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
        const { statusCode = 502 } = answer;
        if (target.isApiServer && statusCode < 400)
          return reject(
            new ApiError('ServiceUnavailable', `invalid upgrade response: status code ${statusCode}`),
          );
        watcher?.begins(statusCode);
        socket.write(headOf(answer, 'close'));
        pipeline(answer, socket).then(resolve, () => resolve());
      });
    });
    socket.destroy();
  } finally {
    connection.destroy();
  }
}

function originOf({ url = '', headers }: IncomingMessage, { path, host }: ProxyTarget): PageOrigin {
  const here = pathOf(url);
  const there = pathOf(path);
  // Who writes to the server itself names no path, not even its root.
  const prefix = here.endsWith(there) ? here.slice(0, -there.length) : here;
  return { prefix, host, askedHost: headers.host ?? '' };
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

function withoutCrossOrigin(headers: Record<string, string | string[]>): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !crossOrigin.includes(name)));
}

/** What the other server is told of the client's own headers. */
function headersOf(request: IncomingMessage): OutgoingHttpHeaders {
  const { headers, socket } = request;
  const forwardedFor = [headers['x-forwarded-for'], remoteAddress(socket)].filter(Boolean).join(', ');
  return { ...passedOn(headers), ...lengthOf(request), 'x-forwarded-for': forwardedFor };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
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
