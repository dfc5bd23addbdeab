// A WebSocket to the API: the way in for everything that streams.

import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { UserError } from '../../../shared/base/index.ts';
import { ApiError, isRecord, type Status } from '../../../shared/machinery/index.ts';
import { type Access, identityHeaders } from '../kubeconfig.ts';

const handshakeTimeoutMs = 30_000;

/** Paused when it opens: call `resume` once its messages are listened to. Throws ApiError for a Status. */
export function openWebSocket(access: Access, path: string, protocol: string): Promise<WebSocket> {
  const { server, ca, certificate, insecure } = access;
  const url = new URL(path, server);
  url.protocol = 'wss:';
  const socket = new WebSocket(url, [protocol], {
    handshakeTimeout: handshakeTimeoutMs,
    perMessageDeflate: false,
    rejectUnauthorized: !insecure,
    ...(ca && { ca }),
    ...certificate,
    headers: identityHeaders(access),
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      socket.pause();
      resolve(socket);
    });
    socket.on('error', (cause) => {
      reject(new UserError(`unable to connect to the server ${url.host}: ${cause.message}`, { cause }));
    });
    socket.once('unexpected-response', (_request, response) => {
      refusal(response).then(reject, reject);
      socket.terminate();
    });
  });
}

async function refusal(response: IncomingMessage): Promise<ApiError> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const code = response.statusCode ?? 500;
  const status = parse(Buffer.concat(chunks).toString());
  return status
    ? ApiError.fromStatus(status)
    : new ApiError('InternalError', `the server answered ${code} and did not upgrade the connection`);
}

function parse(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isStatus(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isStatus(value: unknown): value is Status {
  return isRecord(value) && value.kind === 'Status';
}

/** Resolves when it was handed to the connection. */
export function sendOn(socket: WebSocket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, { binary: true }, (error) => (error ? reject(error) : resolve()));
  });
}

export function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
