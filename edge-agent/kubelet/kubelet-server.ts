// The agent's own HTTP server, reached through the hub alone (nodes/NAME/proxy): the paths of the kubelet that say how it
// is. It listens at no port.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Pod, StatsSummary } from '../../shared/api/index.ts';
import { messageOf } from '../../shared/base/index.ts';

interface Options {
  /** As this node knows them. */
  pods(): Pod[];
  stats(): Promise<StatsSummary>;
}

export class KubeletServer {
  private readonly options: Options;
  private server: Promise<Server> | undefined;

  constructor(options: Options) {
    this.options = options;
  }

  /** Speaks HTTP on the connection until it closes. */
  serve(connection: Duplex): void {
    this.server ??= this.create();
    void this.server.then((server) => server.emit('connection', connection));
  }

  /** Loaded when somebody asks for the first time. */
  private async create(): Promise<Server> {
    const { createServer } = await import('node:http');
    return createServer((request, response) => this.answer(request, response));
  }

  private answer({ method, url = '/' }: IncomingMessage, response: ServerResponse): void {
    const path = url.split('?')[0] ?? '';
    if (method !== 'GET' && method !== 'HEAD') say(response, 405, '405 method not allowed\n');
    else if (healthPaths.includes(path)) say(response, 200, 'ok');
    else if (path === '/pods' || path === '/pods/') {
      const list = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: this.options.pods() };
      say(response, 200, `${JSON.stringify(list)}\n`, 'application/json');
    } else if (path === '/stats/summary') void this.sayStats(response);
    else say(response, 404, '404 page not found\n');
  }

  private async sayStats(response: ServerResponse): Promise<void> {
    try {
      say(response, 200, `${JSON.stringify(await this.options.stats())}\n`, 'application/json');
    } catch (error) {
      say(response, 500, `${messageOf(error)}\n`);
    }
  }
}

const healthPaths = ['/healthz', '/healthz/ping', '/healthz/syncloop'];

function say(response: ServerResponse, code: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
