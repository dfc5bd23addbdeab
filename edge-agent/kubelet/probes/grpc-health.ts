// grpc.health.v1.Health/Check without TLS, as the kubelet's grpc probes ask it: one message each way over HTTP/2.
// The protocol is https://github.com/grpc/grpc/blob/master/doc/health-checking.md; failures are in the kubelet's words.

import { once } from 'node:events';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { goDuration } from '../../../shared/machinery/index.ts';
import { dialFault, hostPort } from './http-request.ts';
import { connectInside, type Reach } from './reach.ts';

export interface GrpcTarget extends Reach {
  port: number;
  /** Empty: the server as a whole. */
  service: string;
}

const statusNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
/** By grpc-status, as Go names them. */
const codeNames = [
  ...['OK', 'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound', 'AlreadyExists'],
  ...[
    'PermissionDenied',
    'ResourceExhausted',
    'FailedPrecondition',
    'Aborted',
    'OutOfRange',
    'Unimplemented',
  ],
  ...['Internal', 'Unavailable', 'DataLoss', 'Unauthenticated'],
];
/** What an HTTP status means where the server speaks no gRPC; others: Unknown. */
const codesOfHttp: Record<number, string> = {
  ...{ 400: 'Internal', 401: 'Unauthenticated', 403: 'PermissionDenied', 404: 'Unimplemented' },
  ...{ 429: 'Unavailable', 502: 'Unavailable', 503: 'Unavailable', 504: 'Unavailable' },
};
/** A health answer has a few bytes. */
const longestAnswer = 1024;
/** Who does not listen yet is dialled again, as gRPC does. */
const dialAgainMs = 1000;

interface Answer {
  httpStatus: number;
  contentType: string;
  /** grpc-status; undefined: there was none. */
  code?: string;
  message: string;
  body: Buffer;
}

/** A call that failed: gRPC's code, by its name, and words. */
interface Failure {
  code: string;
  message: string;
}

/** Undefined: it serves. Else why it does not, in kubelet's words. */
export async function grpcFault(target: GrpcTarget, timeoutMs: number): Promise<string | undefined> {
  const address = hostPort(target.host, target.port);
  const within = goDuration(timeoutMs);
  // The way into a network is the board's time, not the server's.
  const inside = await into(target);
  const over = new AbortController();
  const limit = setTimeout(() => over.abort(), timeoutMs);
  let session: ClientHttp2Session | undefined;
  try {
    session = await dial(target, inside, over.signal);
    if (!session)
      return `timeout: failed to connect service "${address}" within ${within}: context deadline exceeded`;
    const answer = await check(session, target.service, timeoutMs, over.signal);
    const failure = await failureOf(answer);
    return failure ? wordsFor(failure, within) : unhealthy(answer);
  } catch (error) {
    if (over.signal.aborted) return wordsFor({ code: 'DeadlineExceeded', message: '' }, within);
    const message = `error reading from server: ${dialFault(error, address)}`;
    return wordsFor({ code: 'Unavailable', message }, within);
  } finally {
    clearTimeout(limit);
    session?.destroy();
  }
}

/** `nobody`: nothing listens there. */
function into(target: GrpcTarget): Promise<Duplex | undefined | 'nobody'> {
  return connectInside(target, target.port).catch(() => 'nobody' as const);
}

/** A connection on which the server has said that it speaks HTTP/2; undefined: there was none in time. */
async function dial(
  target: GrpcTarget,
  first: Duplex | undefined | 'nobody',
  signal: AbortSignal,
): Promise<ClientHttp2Session | undefined> {
  const { connect } = await import('node:http2');
  let through = first;
  while (!signal.aborted) {
    const session = through === 'nobody' ? undefined : await greeted(connect, target, through, signal);
    if (session) return session;
    await pause(dialAgainMs, undefined, { signal }).catch(() => {}); // the loop looks why
    if (!signal.aborted) through = await into(target);
  }
  return undefined;
}

async function greeted(
  connect: typeof import('node:http2').connect,
  { host, port }: GrpcTarget,
  through: Duplex | undefined,
  signal: AbortSignal,
): Promise<ClientHttp2Session | undefined> {
  const url = `http://${hostPort(host, port)}`;
  const session = connect(url, through && { createConnection: () => through });
  session.on('error', () => {}); // whoever waits for something of it hears of it there
  try {
    await once(session, 'remoteSettings', { signal });
    return session;
  } catch {
    session.destroy();
    return undefined;
  }
}

function check(
  session: ClientHttp2Session,
  service: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    signal.addEventListener('abort', () => reject(new Error('timed out')), { once: true });
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      'user-agent': 'kube-probe/1.32',
      'grpc-timeout': `${timeoutMs}m`,
      te: 'trailers',
    });
    stream.on('error', reject);
    read(stream, resolve);
    stream.end(framed(request(service)));
  });
}

function read(stream: ClientHttp2Stream, resolve: (answer: Answer) => void): void {
  const answer: Answer = { httpStatus: 0, contentType: '', message: '', body: Buffer.alloc(0) };
  const hear = (headers: Record<string, unknown>) => {
    if (typeof headers['grpc-status'] === 'string') answer.code = headers['grpc-status'];
    if (typeof headers['grpc-message'] === 'string') answer.message = decoded(headers['grpc-message']);
  };
  stream.on('response', (headers) => {
    answer.httpStatus = headers[':status'] ?? 0;
    answer.contentType = headers['content-type'] ?? '';
    hear(headers);
  });
  stream.on('trailers', hear);
  stream.on('data', (chunk: Buffer) => {
    if (answer.body.length < longestAnswer) answer.body = Buffer.concat([answer.body, chunk]);
  });
  stream.on('close', () => resolve(answer));
}

/** Percent-encoded, by the protocol; what is not is taken as it is. */
function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}

async function failureOf({ httpStatus, contentType, code, message }: Answer): Promise<Failure | undefined> {
  if (httpStatus === 0) return { code: 'Unavailable', message: 'error reading from server: EOF' };
  const faults: string[] = [];
  if (httpStatus !== 200) {
    const { STATUS_CODES } = await import('node:http');
    const status = `${httpStatus} (${STATUS_CODES[httpStatus] ?? ''})`;
    faults.push(`unexpected HTTP status code received from server: ${status}`);
  }
  if (contentType === '') faults.push('malformed header: missing HTTP content-type');
  else if (!/^application\/grpc([;+]|$)/.test(contentType))
    faults.push(`transport: received unexpected content-type "${contentType}"`);
  if (faults.length > 0) return { code: codesOfHttp[httpStatus] ?? 'Unknown', message: faults.join('; ') };
  if (code === undefined)
    return { code: 'Internal', message: 'server closed the stream without sending trailers' };
  return code === '0' ? undefined : { code: codeNames[Number(code)] ?? `Code(${code})`, message };
}

function wordsFor({ code, message }: Failure, within: string): string {
  if (code === 'DeadlineExceeded') return `timeout: health rpc did not complete within ${within}`;
  if (code === 'Unimplemented')
    return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`;
  return `error: health rpc probe failed: rpc error: code = ${code} desc = ${message}`;
}

function unhealthy({ body }: Answer): string | undefined {
  const status = statusIn(body);
  return status === 1 ? undefined : `service unhealthy (responded with "${statusNames[status] ?? status}")`;
}

/** HealthCheckRequest: field 1, the service's name; the empty name is left out. */
function request(service: string): Buffer {
  const name = Buffer.from(service);
  return name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
}

/** HealthCheckResponse: field 1, a number; without it 0. */
function statusIn(body: Buffer): number {
  const message = body.subarray(5);
  return message[0] === 0x08 ? (message[1] ?? 0) : 0;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

/** Not compressed, with its length before it. */
function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
