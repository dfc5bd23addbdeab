// What a request of HTTP says of what is asked, before its body is read.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { impersonationOf } from '../auth/index.ts';
import type { RestRequest } from '../request.ts';
import { parseRestPath } from '../rest-path.ts';
import { type Encoding, negotiate } from './negotiate.ts';

/**
 * As upstream, resources and their discovery are negotiated. Nothing else is: health and the version are what they are, OpenAPI and
 * metrics have encodings of their own, and a log is a stream of bytes.
 */
export function negotiateFor({ url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'>): Encoding {
  if (!/^\/apis?(?:[/?]|$)/.test(url) || /\/log(\?|$)/.test(url)) return 'json';
  return negotiate(headers.accept);
}

/** What a request is beside its headers. */
type Asking = Pick<RestRequest, 'user' | 'read' | 'onGone' | 'upgrade' | 'signal' | 'audit'>;

/** Every request has the same fields, set or not: the engine is quick with what is always of one shape. */
export function restRequest(request: IncomingMessage, asking: Asking): RestRequest {
  const { method = 'GET', url = '/', headers } = request;
  const { user, read, onGone, upgrade, signal, audit } = asking;
  return {
    method,
    path: url,
    user,
    actingAs: impersonationOf(request),
    accept: headers.accept,
    contentType: undefined,
    body: undefined,
    text: undefined,
    duplicates: undefined,
    bodyFault: undefined,
    read,
    onGone,
    userAgent: headers['user-agent'],
    ifNoneMatch: headers['if-none-match'],
    upgrade,
    signal,
    timeLeft: undefined,
    audit,
  };
}

/** Of what a connection can be upgraded to; a WebSocket can also carry what else is the body of an answer. */
const streamSubresources = ['exec', 'attach', 'portforward', 'proxy'];

export function isStreamed(request: IncomingMessage, upgrade: string): boolean {
  const subresource = subresourceOf(request) ?? '';
  return streamSubresources.includes(subresource) || (subresource === 'log' && upgrade === 'websocket');
}

export function subresourceOf({ method = 'GET', url = '/' }: IncomingMessage): string | undefined {
  const path = parseRestPath(method, url);
  return path.type === 'resource' ? path.subresource : undefined;
}

export function wishesOf({ headers, url = '' }: IncomingMessage): { gzip: boolean; pretty: boolean } {
  return { gzip: /\bgzip\b/.test(headers['accept-encoding'] ?? ''), pretty: isReadByPerson(headers, url) };
}

/** As upstream: who asks for it, and browsers, curl and wget. */
function isReadByPerson(headers: IncomingHttpHeaders, url: string): boolean {
  const wish = url.includes('pretty') ? /[?&]pretty=([^&]+)/.exec(url)?.[1] : undefined;
  if (wish) return /^(1|t|true)$/i.test(wish);
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '');
}
