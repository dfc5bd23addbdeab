// An API server of somebody else, over TLS on loopback: it serves `flunders.wardle.example.com`, believes only a front proxy that
// shows a certificate of the CA it was told, and takes that one's word for who asks.

import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { certificateTask } from '../../shared/pki/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects are JSON of any shape
type Anything = any;

export interface ExtensionServerOptions {
  /** PEM: of the front proxy, as extension-apiserver-authentication tells. */
  requestHeaderCa: string;
  allowedNames: readonly string[];
  /** The names that its own certificate is good for. */
  dnsNames: readonly string[];
}

export const groupVersion = 'wardle.example.com/v1alpha1';
const root = `/apis/${groupVersion}`;

const resources = [
  {
    name: 'flunders',
    singularName: 'flunder',
    namespaced: true,
    kind: 'Flunder',
    shortNames: ['fl'],
    verbs: ['create', 'delete', 'get', 'list', 'watch'],
  },
  { name: 'flunders/status', singularName: '', namespaced: true, kind: 'Flunder', verbs: ['get'] },
];

export class ExtensionServer {
  /** Who asked for what, by the front proxy's word. */
  readonly asked: { method: string; url: string; user: string; groups: string[]; authorization?: string }[] =
    [];
  /** Of the last request. */
  headers: IncomingHttpHeaders = {};
  /** TLS connections since the start. */
  connections = 0;
  /** PEM: by which its certificate is verified. */
  ca = '';
  private readonly options: ExtensionServerOptions;
  private readonly flunders = new Map<string, Anything>();
  private readonly watches = new Set<ServerResponse>();
  private server: Server | undefined;
  private revision = 1;

  constructor(options: ExtensionServerOptions) {
    this.options = options;
  }

  get port(): number {
    const { port }: Partial<AddressInfo> = Object(this.server?.address());
    return port ?? 0;
  }

  /** Watches that are open. */
  get watching(): number {
    return this.watches.size;
  }

  async start(port = 0): Promise<void> {
    const ca = await certificateTask('authority', { commonName: 'wardle-ca', days: 1 });
    const subject = { commonName: 'wardle', organizations: [] };
    const { dnsNames, requestHeaderCa } = this.options;
    const options = { subject, usages: ['server' as const], dnsNames, days: 1 };
    const { certificate, key } = await certificateTask('issue', { ca, options });
    this.ca = ca.certificate;
    this.server = createServer(
      { cert: certificate, key, ca: requestHeaderCa, requestCert: true, rejectUnauthorized: false },
      (request, response) => void this.serve(request, response),
    );
    this.server.on('secureConnection', () => {
      this.connections += 1;
    });
    this.server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => {});
      if (!this.isProxy(request)) return socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      this.note(request);
      if (request.url?.endsWith('/plain')) return socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
      socket.write(head);
      socket.pipe(socket);
    });
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (!server) return;
    for (const watch of this.watches) watch.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  private isProxy({ socket }: IncomingMessage): boolean {
    const peer = socket as TLSSocket;
    return (
      peer.authorized && this.options.allowedNames.includes(String(peer.getPeerCertificate().subject.CN))
    );
  }

  private note({ method = '', url = '', headers, headersDistinct }: IncomingMessage): void {
    this.headers = headers;
    const groups = headersDistinct['x-remote-group'] ?? [];
    const user = String(headers['x-remote-user'] ?? '');
    const { authorization } = headers;
    this.asked.push({ method, url, user, groups, ...(authorization !== undefined && { authorization }) });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.isProxy(request)) return answer(response, 401, { kind: 'Status', code: 401 });
    this.note(request);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://wardle');
    const [, namespace = '', name] = /\/namespaces\/([^/]+)\/flunders(?:\/([^/]+))?$/.exec(pathname) ?? [];
    const isCollection = namespace !== '' && name === undefined;
    if (pathname === root)
      return answer(response, 200, { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources });
    if (pathname === '/openapi/v3')
      return answer(response, 200, {
        paths: { [root.slice(1)]: { serverRelativeURL: `/openapi/v3${root}?hash=1` }, version: {} },
      });
    if (pathname === `/openapi/v3${root}`) return answer(response, 200, openApi);
    if (pathname === '/openapi/v2') return answer(response, 200, swagger);
    if (isCollection && request.method === 'POST') return this.create(namespace, request, response);
    if (isCollection && searchParams.get('watch'))
      return this.watch(response, Number(searchParams.get('timeoutSeconds') ?? 3600));
    if (isCollection) return answer(response, 200, this.list(namespace));
    const key = `${namespace}/${name}`;
    if (name === 'moved') {
      response.writeHead(302, { location: 'https://elsewhere.example.com' }).end();
      return;
    }
    const found = this.flunders.get(key);
    if (found && request.method === 'DELETE') this.flunders.delete(key);
    if (found) return answer(response, 200, found);
    answer(response, 404, {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      code: 404,
      reason: 'NotFound',
    });
  }

  private list(namespace: string): object {
    const metadata = { resourceVersion: String(this.revision) };
    const items = [...this.flunders.values()].filter((each) => each.metadata.namespace === namespace);
    return { kind: 'FlunderList', apiVersion: groupVersion, metadata, items };
  }

  private async create(namespace: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const flunder = JSON.parse(Buffer.concat(parts).toString());
    this.revision += 1;
    const meta = { namespace, uid: `u${this.revision}`, resourceVersion: String(this.revision) };
    flunder.metadata = { ...flunder.metadata, ...meta, creationTimestamp: '2026-01-01T00:00:00Z' };
    this.flunders.set(`${namespace}/${flunder.metadata.name}`, flunder);
    const event = `${JSON.stringify({ type: 'ADDED', object: flunder })}\n`;
    for (const watch of this.watches) watch.write(event);
    answer(response, 201, flunder);
  }

  private watch(response: ServerResponse, seconds: number): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    this.watches.add(response);
    const timer = setTimeout(() => response.end(), seconds * 1000);
    response.once('close', () => {
      clearTimeout(timer);
      this.watches.delete(response);
    });
  }
}

const gvk = [{ group: 'wardle.example.com', version: 'v1alpha1', kind: 'Flunder' }];
const openApi = {
  openapi: '3.0.0',
  info: { title: 'wardle', version: '1' },
  paths: {
    [`${root}/namespaces/{namespace}/flunders`]: {
      get: { 'x-kubernetes-group-version-kind': gvk[0], 'x-kubernetes-action': 'list', responses: {} },
    },
  },
  components: {
    schemas: {
      'com.example.wardle.v1alpha1.Flunder': {
        description: 'Flunder is an example.',
        type: 'object',
        properties: { reference: { description: 'What it refers to.', type: 'string' } },
        'x-kubernetes-group-version-kind': gvk,
      },
    },
  },
};

const swagger = {
  swagger: '2.0',
  info: { title: 'wardle', version: '1' },
  paths: {
    [`${root}/`]: {
      get: { responses: { 200: { schema: { $ref: '#/definitions/io.k8s.api.core.v1.Pod' } } } },
    },
    '/api/v1/pods': { get: { responses: {} } },
    '/version/': { get: { responses: {} } },
  },
  definitions: {
    'com.example.wardle.v1alpha1.Flunder': openApi.components.schemas['com.example.wardle.v1alpha1.Flunder'],
    'io.k8s.api.core.v1.Pod': { description: 'It is another here.', type: 'object' },
  },
};

function answer(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
