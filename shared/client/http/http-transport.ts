// The transport over HTTPS: what the CLI, tests, and programs outside the hub use. One pool of kept-alive connections.

import type { IncomingMessage, RequestOptions } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import { type Clock, systemClock } from '../../base/index.ts';
import { ApiError, deepFreeze, type KubeList, type KubeObject } from '../../machinery/index.ts';
import { answerOf, restOf } from '../rest-exchange.ts';
import type { ListWatchHandlers, ListWatchScope, Transport, TransportRequest } from '../transport.ts';
import { runListWatch, type WatchLine } from './list-watch.ts';

export interface HttpTransportOptions {
  /** e.g. `https://127.0.0.1:6443` */
  server: string;
  /** PEM of the authority that signed the server's certificate; absent: the system's authorities. */
  ca?: string;
  /** PEM of a client certificate and its key. */
  certificate?: { cert: string; key: string };
  token?: string;
  /** The name that the server's certificate must carry, where it isn't the host of `server`. */
  serverName?: string;
  clock?: Clock;
  /** Milliseconds to wait for an answer (not for a watch); default 60 s. */
  timeout?: number;
}

/** A watch without a word for so long is taken for dead; the server sends bookmarks every minute. */
const watchSilence = 150_000;
/** No answer and no watch line may be longer, characters. */
const longestBody = 512 * 1024 * 1024;

export class HttpTransport implements Transport {
  private readonly options: HttpTransportOptions;
  private readonly agent: Agent;
  private readonly base: URL;

  constructor(options: HttpTransportOptions) {
    this.options = options;
    this.base = new URL(options.server);
    this.agent = new Agent({
      keepAlive: true,
      maxSockets: 64,
      ...(options.ca && { ca: options.ca }),
      ...(options.certificate && { cert: options.certificate.cert, key: options.certificate.key }),
      ...(options.serverName && { servername: options.serverName }),
    });
  }

  async request(request: TransportRequest, signal?: AbortSignal): Promise<unknown> {
    const { body, patchType } = request;
    const { method, path } = restOf(request);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await this.open(method, path, {
      text,
      contentType: patchType ?? 'application/json',
      timeout: this.options.timeout ?? 60_000,
      ...(signal && { signal }),
    });
    return deepFreeze(answerOf(response.statusCode ?? 0, await bodyOf(response)));
  }

  listWatch<T extends KubeObject>(
    scope: ListWatchScope<T>,
    handlers: ListWatchHandlers<T>,
  ): { stop(): void } {
    const { resource, namespace, labelSelector, fieldSelector } = scope;
    const query = { ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) };
    const where = namespace ? { namespace } : {};
    return runListWatch<T>({
      clock: this.options.clock ?? systemClock,
      handlers,
      list: async (signal) =>
        (await this.request({ verb: 'list', resource, ...where, query }, signal)) as KubeList<T>,
      watch: (resourceVersion, onLine, signal) => {
        const follow = { ...query, watch: 'true', allowWatchBookmarks: 'true', resourceVersion };
        const { path } = restOf({ verb: 'watch', resource, ...where, query: follow });
        return this.watch(path, onLine, signal);
      },
    });
  }

  /** Closes the connections that are kept open. */
  close(): void {
    this.agent.destroy();
  }

  private async watch(path: string, onLine: (line: WatchLine) => void, signal: AbortSignal): Promise<void> {
    const response = await this.open('GET', path, { timeout: watchSilence, signal });
    if (response.statusCode !== 200) {
      answerOf(response.statusCode ?? 0, await bodyOf(response));
      return;
    }
    for await (const line of linesOf(response)) {
      if (!line || signal.aborted) continue;
      onLine(deepFreeze(JSON.parse(line) as WatchLine));
    }
  }

  private open(
    method: string,
    path: string,
    {
      text,
      contentType,
      timeout,
      signal,
    }: { text?: string | undefined; contentType?: string; timeout: number; signal?: AbortSignal },
  ): Promise<IncomingMessage> {
    const options: RequestOptions = {
      agent: this.agent,
      method,
      hostname: this.base.hostname,
      port: this.base.port || 443,
      path: this.base.pathname.replace(/\/$/, '') + path,
      timeout,
      headers: {
        accept: 'application/json',
        ...(text !== undefined && { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
        ...(this.options.token && { authorization: `Bearer ${this.options.token}` }),
      },
      ...(signal && { signal }),
    };
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(options, resolve);
      sent.on('error', reject);
      sent.on('timeout', () =>
        sent.destroy(new ApiError('Timeout', `no word from ${this.base.host} for ${timeout} ms`)),
      );
      sent.end(text);
    });
  }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  for await (const chunk of response) {
    text += decoder.write(chunk);
    if (text.length > longestBody) throw new ApiError('RequestEntityTooLarge', 'the answer is too long');
  }
  return text + decoder.end();
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of response) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestBody)
      throw new ApiError('RequestEntityTooLarge', 'a line of the watch is too long');
    yield* lines;
  }
  if (rest) yield rest;
}
