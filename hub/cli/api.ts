// The API as the CLI needs it: any path, any Accept, answers as JSON or as a stream of bytes.

import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { UserError } from '../../shared/base/index.ts';
import { ApiError, type Status } from '../../shared/machinery/index.ts';
import { type Access, identityHeaders } from './kubeconfig.ts';

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  contentType?: string;
  accept?: string;
  signal?: AbortSignal;
}

export interface ApiAnswer {
  body: unknown;
  /** Texts of the Warning headers. */
  warnings: string[];
}

const answerTimeoutMs = 60_000;

export class Api {
  readonly access: Access;
  private readonly agent: Agent;

  constructor(access: Access) {
    this.access = access;
    this.agent = new Agent({
      keepAlive: true,
      rejectUnauthorized: !access.insecure,
      ...(access.ca && { ca: access.ca }),
      ...access.certificate,
    });
  }

  /** Decoded JSON. Throws ApiError for a Status of failure, UserError when the hub can't be reached. */
  async call(path: string, options: CallOptions = {}): Promise<ApiAnswer> {
    const response = await this.open(path, options);
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const failed = (response.statusCode ?? 500) >= 400;
    if (failed) throw failureOf(text, response.statusCode ?? 500);
    return { body: decode(text), warnings: warningsOf(response) };
  }

  /** The body as it comes; for watches and logs. The caller reads or destroys it. */
  async stream(path: string, options: CallOptions = {}): Promise<IncomingMessage> {
    const response = await this.open(path, options);
    if ((response.statusCode ?? 500) < 400) return response;
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    throw failureOf(Buffer.concat(chunks).toString(), response.statusCode ?? 500);
  }

  close(): void {
    this.agent.destroy();
  }

  private open(path: string, options: CallOptions): Promise<IncomingMessage> {
    const { server, timeout = answerTimeoutMs } = this.access;
    const {
      method = 'GET',
      body,
      contentType = 'application/json',
      accept = 'application/json',
      signal,
    } = options;
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, server), {
        agent: this.agent,
        method,
        headers: {
          accept,
          ...identityHeaders(this.access),
          ...(text !== undefined && {
            'content-type': contentType,
            'content-length': Buffer.byteLength(text),
          }),
        },
        ...(signal && { signal }),
      });
      const timer = setTimeout(
        () => outgoing.destroy(new Error(`no answer within ${timeout / 1000} s`)),
        timeout,
      );
      outgoing.on('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      });
      outgoing.on('error', (error) => {
        clearTimeout(timer);
        reject(signal?.aborted ? signal.reason : unreachable(server, error));
      });
      outgoing.end(text);
    });
  }
}

function decode(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError('the answer is no JSON: is this the address of a hub?');
  }
}

function failureOf(text: string, code: number): ApiError {
  try {
    const status: Status = JSON.parse(text);
    if (status.kind === 'Status') return ApiError.fromStatus(status);
  } catch {
    // told below
  }
  const head = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' } as const;
  return ApiError.fromStatus({ ...head, code, message: plainFailure(text.trim(), code) });
}

/** What no Status says, in the words of kubectl's client library (NewGenericServerResponse). */
function plainFailure(text: string, code: number): string {
  switch (code) {
    case 401:
      return 'the server has asked for the client to provide credentials';
    case 404:
      return 'the server could not find the requested resource';
    case 429:
      return 'the server has received too many requests and has asked us to try again later';
    case 500:
      return `an error on the server (${JSON.stringify(text || 'unknown')}) has prevented the request from succeeding`;
    case 503:
      return 'the server is currently unable to handle the request';
    default:
      return `the server responded with the status code ${code} but did not return more information`;
  }
}

function warningsOf(response: IncomingMessage): string[] {
  const headers = response.headersDistinct.warning ?? [];
  return headers
    .flatMap((header) => [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)])
    .map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
}

/** In kubectl's words where it has some, and always with what to do. */
function unreachable(server: string, error: Error): UserError {
  const { host, hostname } = new URL(server);
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED') {
    return new UserError(
      `the connection to the server ${host} was refused: start the hub ('kelp up' or 'kelp hub'), or name another with --kubeconfig`,
    );
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new UserError(`the host ${hostname} is not known: check the server in your kubeconfig`);
  }
  if (/CERT|SELF_SIGNED|ISSUER|ALTNAME/.test(code)) {
    return new UserError(
      `the server at ${host} does not show a certificate of this cluster (${code}): check the server and the CA in your kubeconfig`,
    );
  }
  return new UserError(`unable to connect to the server ${host}: ${error.message || code}`);
}
