// Where a webhook is: at a URL, or behind a Service of the cluster.

import type { WebhookClientConfig } from '../../../shared/api/apiextensions/index.ts';
import type { Endpoint, Endpoints } from '../services/index.ts';

export interface WebhookAddress {
  /** As messages show it, e.g. `https://webhook.default.svc:443/convert?timeout=30s`. */
  url: URL;
  /** Whom to connect to, where that is not the URL's host. */
  connect?: Endpoint;
}

/** Throws an Error for a Service that there is not. */
export async function webhookAddress(
  { url, service }: WebhookClientConfig,
  timeoutSeconds: number,
  endpoints: Endpoints,
): Promise<WebhookAddress> {
  const target = url
    ? new URL(url)
    : new URL(
        `https://${service?.name}.${service?.namespace}.svc:${service?.port ?? 443}${service?.path ?? '/'}`,
      );
  target.searchParams.set('timeout', `${timeoutSeconds}s`);
  if (url || !service) return { url: target };
  const { namespace, name, port = 443 } = service;
  try {
    return { url: target, connect: await endpoints(namespace, name, port) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const where = addressText({ url: target, connect: { host: name, port } });
    throw new Error(`Post ${JSON.stringify(where)}: ${why}`, { cause });
  }
}

/** As Go writes it: with the port, also where it is the scheme's own. */
export function addressText({ url, connect }: WebhookAddress): string {
  return connect && !url.port ? url.href.replace(url.host, `${url.host}:443`) : url.href;
}
