// Requests to podman's REST API (libpod v4, which podman 4 and 5 both speak) over the service's socket.

import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { PodmanService } from './podman-service.ts';

/** An answer of podman that is not a success. */
export class PodmanError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'PodmanError';
    this.status = status;
  }
}

interface Call {
  method: 'GET' | 'POST' | 'DELETE';
  /** After `/v4.0.0`, e.g. `/libpod/containers/json`. */
  path: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  body?: object;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

const prefix = '/v4.0.0';
/** What takes longer than this is stuck. */
const timeoutMs = 180_000;

export class PodmanApi {
  private readonly service: PodmanService;

  constructor(service: PodmanService) {
    this.service = service;
  }

  /** The answer as JSON; undefined if there is none. Throws PodmanError. */
  async call(call: Call): Promise<unknown> {
    return this.withService(async (socketPath) => {
      const response = await send(socketPath, call, (outgoing) =>
        outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error('podman does not answer'))),
      );
      const text = await textOf(response);
      if (failed(response)) throw new PodmanError(response.statusCode ?? 500, messageIn(text));
      return text === '' ? undefined : parsed(text);
    });
  }

  /** Hands the answer's body on as it comes. `upload`: the request's body. Throws PodmanError. */
  async stream<T>(
    call: Call & { upload?: NodeJS.ReadableStream },
    read: (body: IncomingMessage) => Promise<T>,
  ): Promise<T> {
    const socketPath = await this.service.acquire();
    try {
      const response = await send(socketPath, call);
      if (failed(response))
        throw new PodmanError(response.statusCode ?? 500, messageIn(await textOf(response)));
      return await read(response);
    } finally {
      this.service.release();
    }
  }

  /** Once more where the service has just ended: nothing was said to it. */
  private async withService<T>(use: (socketPath: string) => Promise<T>, again = true): Promise<T> {
    const socketPath = await this.service.acquire();
    try {
      return await use(socketPath);
    } catch (error) {
      if (!again || !nobodyListened(error)) throw error;
      this.service.hasEnded(socketPath);
    } finally {
      this.service.release();
    }
    return this.withService(use, false);
  }

  /** Turns the request into a connection to a process; the service stays until it is closed. Throws PodmanError. */
  async hijack(call: Call): Promise<Socket> {
    const socketPath = await this.service.acquire();
    try {
      const socket = await upgraded(socketPath, call);
      socket.once('close', () => this.service.release());
      return socket;
    } catch (error) {
      this.service.release();
      throw error;
    }
  }
}

function nobodyListened(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'connect';
}

const failed = ({ statusCode = 500 }: IncomingMessage) => statusCode >= 400;

function prepared(
  socketPath: string,
  { method, path, query = {}, body, headers = {}, signal }: Call,
  more: Record<string, string> = {},
): ClientRequest {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value !== undefined) parameters.set(key, String(value));
  const search = parameters.size > 0 ? `?${parameters}` : '';
  return request({
    socketPath,
    method,
    path: `${prefix}${path}${search}`,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers, ...more },
    agent: false,
    ...(signal && { signal }),
  });
}

function send(
  socketPath: string,
  call: Call & { upload?: NodeJS.ReadableStream },
  prepare?: (outgoing: ClientRequest) => void,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = prepared(socketPath, call);
    prepare?.(outgoing);
    outgoing.on('error', reject);
    outgoing.once('response', resolve);
    if (call.upload) {
      call.upload.once('error', (error) => outgoing.destroy(error));
      call.upload.pipe(outgoing);
    } else outgoing.end(call.body && JSON.stringify(call.body));
  });
}

function upgraded(socketPath: string, call: Call): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const outgoing = prepared(socketPath, call, { connection: 'Upgrade', upgrade: 'tcp' });
    outgoing.once('error', reject);
    outgoing.once('upgrade', (_response, socket: Socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    outgoing.once('response', (response) => {
      textOf(response).then(
        (text) => reject(new PodmanError(response.statusCode ?? 500, messageIn(text))),
        reject,
      );
    });
    outgoing.end(call.body && JSON.stringify(call.body));
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

/** Some answers are a word and no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function messageIn(text: string): string {
  const body = parsed(text);
  if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message);
  return text.trim();
}
