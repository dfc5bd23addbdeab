// Somebody else's server of custom.metrics.k8s.io and external.metrics.k8s.io, over TLS on loopback: it answers what it is told.

import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificates } from './certificates.ts';

/** What it answers for a path without its query; absent there: 404. */
export type Measured = Record<string, { object?: string; value: string }[]>;

export class MetricsServer {
  measured: Measured = {};
  /** Queries by path, the newest of each. */
  readonly asked = new Map<string, Record<string, string>>();
  private server: Server | undefined;

  get port(): number {
    const { port }: Partial<AddressInfo> = Object(this.server?.address());
    return port ?? 0;
  }

  async start(): Promise<void> {
    const { server } = await makeCertificates();
    this.server = createServer({ cert: server.certificate, key: server.key }, (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'https://metrics');
      this.asked.set(pathname, Object.fromEntries(searchParams));
      const [, , group = '', version = ''] = pathname.split('/');
      const items = this.measured[pathname.replace(/^\/apis\/[^/]+\/[^/]+/, '')];
      const timestamp = new Date().toISOString().replace(/\.\d+/, '');
      const head = { apiVersion: `${group}/${version}`, metadata: {} };
      const isAsked = pathname.split('/').length > 4;
      response.writeHead(items || !isAsked ? 200 : 404, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          isAsked
            ? {
                ...head,
                kind: 'MetricValueList',
                items: items?.map((item) => metricValue(item, timestamp)) ?? [],
              }
            : { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: head.apiVersion, resources: [] },
        ),
      );
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(undefined)));
  }
}

function metricValue({ object, value }: Measured[string][number], timestamp: string): object {
  const describedObject = { kind: 'Pod', namespace: 'default', name: object, apiVersion: '/v1' };
  return { ...(object !== undefined && { describedObject }), timestamp, value };
}
