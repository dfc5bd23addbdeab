// grpc.health.v1.Health/Check without TLS, as the kubelet's grpc probes ask it: one message each way over HTTP/2.
// The protocol is https://github.com/grpc/grpc/blob/master/doc/health-checking.md; failures are in the kubelet's words.

import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { dialFault, hostPort } from './http-request.ts';
import { connectInside, type Reach } from './reach.ts';

export interface GrpcTarget extends Reach {
  port: number;
  /** Empty: the server as a whole. */
  service: string;
}

const statusNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const unimplemented = '12';
const deadlineExceeded = '4';
/** A health answer has a few bytes. */
const longestAnswer = 1024;

interface Answer {
  /** grpc-status; `0` is well. */
  code: string;
  message: string;
  body: Buffer;
}

/** Undefined: it serves. Else why it does not, in kubelet's words. */
export async function grpcFault(target: GrpcTarget, timeoutMs: number): Promise<string | undefined> {
  const address = hostPort(target.host, target.port);
  const { connect } = await import('node:http2');
  let inside: Duplex | undefined;
  try {
    inside = await connectInside(target, target.port);
  } catch (error) {
    return `error: failed to connect service at "${address}": ${faultOf(error, address)}`;
  }
  const through = inside;
  const session = connect(`http://${address}`, through && { createConnection: () => through });
  let connected = false;
  session.once('connect', () => {
    connected = true;
  });
  const over = new AbortController();
  const limit = setTimeout(() => over.abort(), timeoutMs);
  try {
    return verdictOf(await check(session, target.service, timeoutMs, over.signal), timeoutMs);
  } catch (error) {
    const why = faultOf(error, address);
    if (connected && !over.signal.aborted) return `error: health rpc failed: ${why}`;
    if (connected)
      return `timeout: health rpc did not complete within ${timeoutMs / 1000}s: context deadline exceeded`;
    if (!over.signal.aborted) return `error: failed to connect service at "${address}": ${why}`;
    return `timeout: failed to connect service "${address}" within ${timeoutMs / 1000}s: context deadline exceeded`;
  } finally {
    clearTimeout(limit);
    session.destroy();
  }
}

function faultOf(error: unknown, address: string): string {
  if (!(error instanceof Error)) return String(error);
  return dialFault(error.cause instanceof Error ? error.cause : error, address);
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
  const answer: Answer = { code: '', message: '', body: Buffer.alloc(0) };
  const hear = (headers: Record<string, unknown>) => {
    if (typeof headers['grpc-status'] === 'string') answer.code = headers['grpc-status'];
    if (typeof headers['grpc-message'] === 'string')
      answer.message = decodeURIComponent(headers['grpc-message']);
  };
  stream.on('response', (headers) => {
    const status = headers[':status'];
    if (status !== 200) answer.message = `unexpected HTTP status code received from server: ${status}`;
    hear(headers);
  });
  stream.on('trailers', hear);
  stream.on('data', (chunk: Buffer) => {
    if (answer.body.length < longestAnswer) answer.body = Buffer.concat([answer.body, chunk]);
  });
  stream.on('close', () => resolve(answer));
}

function verdictOf({ code, message, body }: Answer, timeoutMs: number): string | undefined {
  if (code === unimplemented) {
    return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`;
  }
  if (code === deadlineExceeded) {
    return `timeout: health rpc did not complete within ${timeoutMs / 1000}s: ${message}`;
  }
  if (code !== '0') return `error: health rpc failed: ${message || 'the answer has no grpc-status'}`;
  const status = statusIn(body);
  if (status === 1) return undefined;
  return `service unhealthy (responded with "${statusNames[status] ?? status}")`;
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
