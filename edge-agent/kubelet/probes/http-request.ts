// A GET as the kubelet's probes and hooks send it. Failures speak as Go's http client does.

import type { ClientRequest, RequestOptions } from 'node:http';

export interface HttpTarget {
  scheme: 'HTTP' | 'HTTPS';
  host: string;
  port: number;
  /** With its query, begins with `/`. */
  path: string;
  headers: readonly { name: string; value: string }[];
}

const bodyLimit = 10 * 1024;

export const hostPort = (host: string, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`;

function urlOf({ scheme, host, port, path }: HttpTarget): string {
  return `${scheme.toLowerCase()}://${hostPort(host, port)}${path}`;
}

/** In Go's words: `dial tcp 10.0.0.1:80: connect: connection refused`. */
export function dialFault(error: Error, address: string): string {
  const code = 'code' in error ? error.code : undefined;
  const words: Record<string, string> = {
    ECONNREFUSED: `dial tcp ${address}: connect: connection refused`,
    EHOSTUNREACH: `dial tcp ${address}: connect: no route to host`,
    ENETUNREACH: `dial tcp ${address}: connect: network is unreachable`,
    ECONNRESET: `read tcp ${address}: read: connection reset by peer`,
    ENOTFOUND: `dial tcp: lookup ${address.replace(/:\d+$/, '')}: no such host`,
  };
  return (typeof code === 'string' ? words[code] : undefined) ?? error.message;
}

/** Answers the status code and the beginning of the body. Rejects with an Error in Go's words. */
export async function httpGet(
  target: HttpTarget,
  timeoutMs: number,
): Promise<{ code: number; body: string }> {
  const { request } = target.scheme === 'HTTPS' ? await import('node:https') : await import('node:http');
  const given = Object.fromEntries(target.headers.map(({ name, value }) => [name, value]));
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    host: target.host,
    port: target.port,
    path: target.path,
    headers: { 'User-Agent': 'kube-probe/1.32', Accept: '*/*', Connection: 'close', ...given },
    agent: false,
    timeout: timeoutMs,
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
      response.on('end', () => resolve({ code: response.statusCode ?? 0, body }));
    });
    const limit = setTimeout(() => {
      fail('context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
      sent.destroy();
    }, timeoutMs);
    sent.on('close', () => clearTimeout(limit));
    sent.on('error', (error) => fail(dialFault(error, hostPort(target.host, target.port))));
    sent.end();
  });
}
