// A GET as the kubelet's probes and hooks send it. Failures speak as Go's http client does.

import type { ClientRequest, RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { messageOf } from '../../../shared/base/index.ts';
import { connectInside, type Reach } from './reach.ts';

export interface HttpTarget extends Reach {
  scheme: 'HTTP' | 'HTTPS';
  port: number;
  /** With its query, begins with `/`. */
  path: string;
  headers: readonly { name: string; value: string }[];
  /** Who asks, unless the headers say; default: a probe. */
  userAgent?: string;
}

const bodyLimit = 10 * 1024;

export const hostPort = (host: string, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`;

function urlOf({ scheme, host, port, path }: HttpTarget): string {
  return `${scheme.toLowerCase()}://${hostPort(host, port)}${path}`;
}

/** In Go's words: `dial tcp 10.0.0.1:80: connect: connection refused`. */
export function dialFault(error: unknown, address: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const words: Record<string, string> = {
    ECONNREFUSED: `dial tcp ${address}: connect: connection refused`,
    EHOSTUNREACH: `dial tcp ${address}: connect: no route to host`,
    ENETUNREACH: `dial tcp ${address}: connect: network is unreachable`,
    ETIMEDOUT: `dial tcp ${address}: i/o timeout`,
    ECONNRESET: `read tcp ${address}: read: connection reset by peer`,
    ENOTFOUND: `dial tcp: lookup ${address.replace(/:\d+$/, '')}: no such host`,
  };
  return (typeof code === 'string' ? words[code] : undefined) ?? messageOf(error);
}

export interface HttpAnswer {
  code: number;
  /** The beginning of the body. */
  body: string;
  location?: string;
}

const mostRedirects = 10;

/** As httpGet, going where it is sent as long as that is the same host; else the redirection is the answer. */
export async function httpGetFollowing(target: HttpTarget, timeoutMs: number): Promise<HttpAnswer> {
  let next = target;
  for (let hops = 0; hops < mostRedirects; hops++) {
    const answer = await httpGet(next, timeoutMs);
    const url = redirection(answer, urlOf(next));
    if (!url || url.hostname !== new URL(urlOf(next)).hostname) return answer;
    const scheme = url.protocol === 'https:' ? 'HTTPS' : 'HTTP';
    const port = Number(url.port) || (scheme === 'HTTPS' ? 443 : 80);
    next = { ...next, scheme, port, path: url.pathname + url.search };
  }
  throw new Error(`Get "${urlOf(next)}": stopped after ${mostRedirects} redirects`);
}

function redirection({ code, location }: HttpAnswer, from: string): URL | undefined {
  if (code < 300 || code >= 400 || location === undefined || !URL.canParse(location, from)) return undefined;
  return new URL(location, from);
}

/** Who was asked by TLS answered without, as a server of plain HTTP does. */
export class PlainAnswer extends Error {}

const plainAnswer = 'http: server gave HTTP response to HTTPS client';
const isPlainAnswer = (error: Error) => /:wrong version number:/.test(error.message);

/** Rejects with an Error in Go's words. */
export async function httpGet(target: HttpTarget, timeoutMs: number): Promise<HttpAnswer> {
  const { request } = target.scheme === 'HTTPS' ? await import('node:https') : await import('node:http');
  const fault = (error: unknown) =>
    `Get "${urlOf(target)}": ${dialFault(error, hostPort(target.host, target.port))}`;
  const inside = await connectInside(target, target.port).catch((cause) => {
    throw new Error(fault(cause), { cause });
  });
  const through = inside && (await wrapped(target, inside));
  const given = Object.fromEntries(target.headers.map(({ name, value }) => [name, value]));
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    host: target.host,
    port: target.port,
    path: target.path,
    headers: {
      'User-Agent': target.userAgent ?? 'kube-probe/1.32',
      Accept: '*/*',
      Connection: 'close',
      ...given,
    },
    timeout: timeoutMs,
    ...(through ? { createConnection: () => through } : { agent: false }),
    // A probe asks whether somebody answers, not who.
    rejectUnauthorized: false,
  };
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`Get "${urlOf(target)}": ${why}`));
    const sent: ClientRequest = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < bodyLimit) body += chunk;
      });
      const { statusCode: code = 0, headers } = response;
      response.on('end', () =>
        resolve({ code, body, ...(headers.location && { location: headers.location }) }),
      );
    });
    const limit = setTimeout(() => {
      fail('context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
      sent.destroy();
    }, timeoutMs);
    sent.on('close', () => clearTimeout(limit));
    sent.on('error', (error) => {
      if (isPlainAnswer(error)) reject(new PlainAnswer(`Get "${urlOf(target)}": ${plainAnswer}`));
      else reject(new Error(fault(error)));
    });
    sent.end();
  });
}

async function wrapped({ scheme, host }: HttpTarget, socket: Duplex): Promise<Duplex> {
  if (scheme === 'HTTP') return socket;
  const { connect } = await import('node:tls');
  return connect({ socket, host, rejectUnauthorized: false });
}
