// A request to another HTTP server on somebody's behalf: over a connection of its own, or over one that is kept for more.

import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect as connectTls } from 'node:tls';
import { ApiError } from '../../shared/machinery/index.ts';
import { goWords } from './go-words.ts';
import type { ProxyTarget } from './stream-session.ts';

export interface TargetRequest {
  method: string;
  /** Beside the target's own. */
  headers: OutgoingHttpHeaders;
  /** Absent: there is none. */
  body?: Readable | Buffer;
}

export interface TargetAnswer {
  answer: IncomingMessage;
  /** To be called when the answer was read, or nobody wants more of it. */
  release(): void;
}

/** Resolves when the answer begins. Throws what went wrong with the connection. */
export async function openTarget(
  target: ProxyTarget,
  asked: TargetRequest,
  signal: AbortSignal,
): Promise<TargetAnswer> {
  if (!target.agent) return overOwnConnection(target, asked, signal);
  const outgoing = httpRequest({ ...requestOptions(target, asked), agent: target.agent, signal });
  try {
    return await sent(outgoing, asked.body, () => outgoing.destroy());
  } catch (error) {
    // The other side may close a connection in the moment in which it is taken up again.
    if (!outgoing.reusedSocket || asked.body !== undefined || signal.aborted) throw error;
    return overOwnConnection(target, asked, signal);
  }
}

async function overOwnConnection(
  target: ProxyTarget,
  asked: TargetRequest,
  signal: AbortSignal,
): Promise<TargetAnswer> {
  const connection = await connectTo(target, signal);
  const outgoing = httpRequest({
    ...requestOptions(target, asked),
    ...{ signal, createConnection: () => connection },
  });
  return sent(outgoing, asked.body, () => connection.destroy());
}

async function sent(
  outgoing: ClientRequest,
  body: TargetRequest['body'],
  release: () => void,
): Promise<TargetAnswer> {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
  });
  if (body === undefined || Buffer.isBuffer(body)) outgoing.end(body);
  else
    pipeline(body, outgoing).catch(() => {
      // A server may answer without reading all of the request; if it does not answer, `answered` says why.
    });
  try {
    return { answer: await answered, release };
  } catch (error) {
    release();
    throw error;
  }
}

function requestOptions({ path, host, headers }: ProxyTarget, asked: TargetRequest) {
  return { method: asked.method, path, headers: { ...asked.headers, ...headers, host } };
}

/** A connection to the target, with TLS where it speaks that. */
export async function connectTo({ connect, tls }: ProxyTarget, signal: AbortSignal): Promise<Duplex> {
  const connection = await connect(signal);
  return tls ? connectTls({ ...tls, socket: connection }) : connection;
}

/** As it is told to who asked, in upstream's words: what has a reason of its own keeps it. */
export function unreachable({ host: authority, tls }: ProxyTarget, cause: unknown): ApiError {
  // What an agent could not connect to is no fault of the request.
  if (cause instanceof ApiError && !ApiError.is(cause, 'BadRequest')) return cause;
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(authority) ?? [];
  const name = tls?.servername || host;
  const message = `error trying to reach service: ${goWords(cause, { host, port }, name)}`;
  return new ApiError('ServiceUnavailable', message, undefined, { cause });
}

export const redirectText = 'the backend attempted to redirect this request, which is not permitted';

/** What an API server may not: the client would go where nobody has authorised it. */
export function redirects({ statusCode = 0, headers }: IncomingMessage): boolean {
  return statusCode >= 300 && statusCode <= 399 && Boolean(headers.location);
}
