// The API servers behind APIServices: how one is reached, and as whom (k8s.io/kube-aggregator, front-proxy authentication).

import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { APIService } from '../../../shared/api/index.ts';
import type { KeyPair } from '../../../shared/pki/index.ts';
import type { UserInfo } from '../request.ts';
import { connectTo, type Endpoints } from '../services/index.ts';
import type { ProxyTarget } from '../stream-session.ts';

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

  constructor(options: RemoteServersOptions) {
    this.options = options;
  }

  /** For somebody's request, and its id in the audit log. Throws an Error where there is no endpoint. */
  async target({ spec }: APIService, path: string, user: UserInfo, auditId?: string): Promise<ProxyTarget> {
    const { namespace = '', name = '', port = 443 } = spec?.service ?? {};
    const endpoint = await this.options.endpoints(namespace, name, port);
    return {
      path,
      host: `${name}.${namespace}.svc`,
      tls: await this.tlsOf(spec),
      headers: { ...headersFor(user), ...(auditId && { 'audit-id': auditId }) },
      connect: (signal) => connectTo(endpoint, signal),
    };
  }

  /** A GET as the aggregator itself, in a bounded time. Throws an Error that says why there is no answer. */
  async get(service: APIService, path: string, accept: string, verify = true): Promise<RemoteAnswer> {
    const signal = AbortSignal.timeout(patienceMs);
    const { host, tls, headers, connect } = await this.target(service, path, self);
    const socket = await connect(signal);
    const connection = connectTls({ ...tls, ...(!verify && { rejectUnauthorized: false }), socket });
    try {
      return await new Promise<RemoteAnswer>((resolve, reject) => {
        const asked = httpRequest({
          ...{ path, signal, createConnection: () => connection },
          headers: { host, accept, ...headers },
        });
        asked.once('error', reject);
        asked.once('response', (response) => {
          const parts: Buffer[] = [];
          let size = 0;
          response.on('data', (part: Buffer) => {
            size += part.length;
            if (size > mostBytes) response.destroy(new Error(`the answer has more than ${mostBytes} bytes`));
            else parts.push(part);
          });
          response.once('error', reject);
          response.once('end', () =>
            resolve({
              code: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(parts),
            }),
          );
        });
        asked.end();
      });
    } finally {
      connection.destroy();
      socket.destroy();
    }
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
function headersFor({ name, groups, extra = {} }: UserInfo): Record<string, string | string[]> {
  return {
    'x-remote-user': name,
    ...(groups.length > 0 && { 'x-remote-group': [...groups] }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [
        `x-remote-extra-${encodeURIComponent(key).toLowerCase()}`,
        values,
      ]),
    ),
  };
}
