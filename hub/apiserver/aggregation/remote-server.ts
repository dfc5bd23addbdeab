// The API servers behind APIServices: how one is reached, and as whom (k8s.io/kube-aggregator, front-proxy authentication).

import type { IncomingHttpHeaders } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import type { APIService } from '../../../shared/api/index.ts';
import type { KeyPair } from '../../../shared/pki/index.ts';
import { collect } from '../collect.ts';
import { openTarget } from '../open-target.ts';
import type { UserInfo } from '../request.ts';
import { connectTo, type Endpoints } from '../services/index.ts';
import type { ProxyTarget } from '../stream-session.ts';
import { ServerConnections } from './server-connections.ts';

export interface RemoteServersOptions {
  endpoints: Endpoints;
  /** The certificate by which other API servers know this one; absent: it has none to show. */
  identity?: () => Promise<KeyPair>;
}

export interface RemoteAnswer {
  code: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** What is asked for the aggregator's own sake. */
const self: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] };
const patienceMs = 5_000;
/** An answer of more bytes is refused. */
const mostBytes = 8 * 1024 * 1024;

export class RemoteServers {
  private readonly options: RemoteServersOptions;
  private readonly connections = new ServerConnections();

  constructor(options: RemoteServersOptions) {
    this.options = options;
  }

  /** For somebody's request, and its id in the audit log. Throws an Error where there is no endpoint. */
  async target({ spec }: APIService, path: string, user: UserInfo, auditId?: string): Promise<ProxyTarget> {
    const { namespace = '', name = '', port = 443 } = spec?.service ?? {};
    const endpoint = await this.options.endpoints(namespace, name, port);
    const tls = await this.tlsOf(spec);
    return {
      ...{ path, tls, host: `${name}.${namespace}.svc:${port}`, isApiServer: true },
      headers: { ...headersFor(user), ...(auditId && { 'audit-id': auditId }) },
      connect: (signal) => connectTo(endpoint, signal),
      agent: this.connections.agent(endpoint, tls),
    };
  }

  /** A GET as the aggregator itself, in a bounded time. Throws an Error that says why there is no answer. */
  async get(service: APIService, path: string, accept: string, verify = true): Promise<RemoteAnswer> {
    const { agent, tls, ...target } = await this.target(service, path, self);
    const way = verify ? { agent, tls } : { tls: { ...tls, rejectUnauthorized: false } };
    const asked = { method: 'GET', headers: { accept } };
    const { answer, release } = await openTarget(
      { ...target, ...way },
      asked,
      AbortSignal.timeout(patienceMs),
    );
    try {
      const body = await collect(answer, mostBytes);
      if (!body) throw new Error(`the answer has more than ${mostBytes} bytes`);
      return { code: answer.statusCode ?? 0, headers: answer.headers, body };
    } finally {
      release();
    }
  }

  /** Ends what goes on with them. */
  stop(): void {
    this.connections.stop();
  }

  private async tlsOf(spec: APIService['spec']): Promise<ConnectionOptions> {
    const identity = await this.options.identity?.();
    const { caBundle, insecureSkipTLSVerify = false, service } = spec ?? {};
    return {
      servername: `${service?.name}.${service?.namespace}.svc`,
      rejectUnauthorized: !insecureSkipTLSVerify,
      ...(caBundle && { ca: Buffer.from(caBundle, 'base64') }),
      ...(identity && { cert: identity.certificate, key: identity.key }),
    };
  }
}

/** The names of these headers stand in the ConfigMap extension-apiserver-authentication. */
function headersFor({ name, uid, groups, extra = {} }: UserInfo): Record<string, string | string[]> {
  return {
    'x-remote-user': inHeader(name),
    ...(uid && { 'x-remote-uid': inHeader(uid) }),
    ...(groups.length > 0 && { 'x-remote-group': groups.map(inHeader) }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [`x-remote-extra-${inName(key)}`, values.map(inHeader)]),
    ),
  };
}

/** The bytes of UTF-8, as Go writes them: Node takes each character for a byte. */
function inHeader(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function inName(key: string): string {
  const escaped = encodeURIComponent(key).replace(/[()]/g, (bracket) => (bracket === '(' ? '%28' : '%29'));
  return escaped.toLowerCase();
}
