// HTTP as pulling needs it: redirects, an end to silence, no secret carried to another host, no plain HTTP off loopback.

import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isLoopback } from '../../../shared/base/index.ts';
import { linkFailure } from './link-failure.ts';

export interface HttpAnswer {
  /** Host and port that it came from. */
  host: string;
  status: number;
  headers: IncomingHttpHeaders;
  body: IncomingMessage;
}

/** So long nothing may come. */
const silenceMs = 30_000;
const mostRedirects = 5;

/** Any status but a redirect is an answer; who does not read its body must destroy it. */
export async function httpGet(
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  let [target, sent] = [url, headers];
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const answer = await ask(target, sent, signal);
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
    answer.body.destroy();
    const next = new URL(location, target);
    if (next.origin !== target.origin) sent = withoutAuthorization(sent);
    target = next;
  }
  throw new Error(`${url.origin}: more than ${mostRedirects} redirects`);
}

/** Throws when it is longer than `limit` bytes. */
export async function readBody({ body }: HttpAnswer, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw new Error(`an answer of more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function ask(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<HttpAnswer> {
  const secure = url.protocol === 'https:';
  if (!secure && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw new Error(`${url.protocol}//${url.host}: only https is trusted`);
  return new Promise((resolve, reject) => {
    const request = secure ? tlsRequest : plainRequest;
    const outgoing = request(url, { headers, agent: false, timeout: silenceMs, signal }, (body) =>
      resolve({ host: url.host, status: body.statusCode ?? 0, headers: body.headers, body }),
    );
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`${url.host}: i/o timeout: silent for ${silenceMs / 1000} s`)),
    );
    // An error of its own for each address that was tried says nothing by itself.
    outgoing.on('error', (error) =>
      reject(linkFailure(url.host, error instanceof AggregateError ? error.errors[0] : error)),
    );
    outgoing.end();
  });
}

function withoutAuthorization(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
}
