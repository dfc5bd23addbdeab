// A client of the API for tests that looks at every byte of an answer: JSON over HTTPS as the administrator.

import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers as JSON
export type Json = any;

export interface Asked {
  /** An object is sent as JSON; text and bytes as they are. */
  body?: unknown;
  contentType?: string;
  accept?: string;
  headers?: Record<string, string>;
}

export interface Answer {
  code: number;
  headers: IncomingHttpHeaders;
  /** Parsed where it is JSON. */
  body: Json;
}

/** A watch is several documents. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export class HttpsJson {
  private readonly server: string;
  private readonly agent: Agent;
  private readonly watches = new Set<IncomingMessage>();

  /** `certificate: false`: as somebody whom nobody knows. */
  constructor(server: string, kubeconfig: string, { certificate = true } = {}) {
    this.server = server;
    const config = JSON.parse(readFileSync(kubeconfig, 'utf8'));
    const decoded = (data: string) => Buffer.from(data, 'base64').toString();
    const { user } = config.users[0];
    this.agent = new Agent({
      keepAlive: true,
      ca: decoded(config.clusters[0].cluster['certificate-authority-data']),
      ...(certificate && {
        cert: decoded(user['client-certificate-data']),
        key: decoded(user['client-key-data']),
      }),
    });
  }

  close(): void {
    for (const watch of this.watches) watch.destroy();
    this.agent.destroy();
  }

  async ask(method: string, path: string, asked: Asked = {}): Promise<Answer> {
    const response = await this.open(method, path, asked);
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const isJson = text !== '' && response.headers['content-type']?.startsWith('application/json');
    return {
      code: response.statusCode ?? 0,
      headers: response.headers,
      body: isJson ? parsed(text) : text,
    };
  }

  /** As `ask`, for what must succeed: answers the body. */
  async must(method: string, path: string, asked: Asked = {}): Promise<Json> {
    const { code, body } = await this.ask(method, path, asked);
    if (code >= 400) throw new Error(`${method} ${path}: ${code} ${body.message ?? body}`);
    return body;
  }

  /** The events of a watch as they come in, until the client is closed. */
  async watch(path: string): Promise<{ type: string; object: Json }[]> {
    const response = await this.open('GET', path, {});
    if (response.statusCode !== 200) throw new Error(`watch ${path}: ${response.statusCode}`);
    const events: { type: string; object: Json }[] = [];
    this.watches.add(response);
    response.on('error', () => this.watches.delete(response));
    const lines = createInterface({ input: response });
    lines.on('line', (line) => events.push(JSON.parse(line)));
    lines.on('error', () => undefined);
    return events;
  }

  private open(method: string, path: string, { body, contentType, accept, headers }: Asked) {
    const bytes =
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(
        `${this.server}${path}`,
        {
          method,
          agent: this.agent,
          headers: {
            accept: accept ?? 'application/json',
            ...(bytes !== undefined && {
              'content-type': contentType ?? 'application/json',
              ...(!headers?.['transfer-encoding'] && { 'content-length': Buffer.byteLength(bytes) }),
            }),
            ...headers,
          },
        },
        resolve,
      );
      sent.on('error', reject);
      sent.end(bytes);
    });
  }
}
