// A path also where the whole URL was sent: every server takes that (RFC 9112, 3.2.2), for in front of it may be a proxy.

import type { IncomingMessage } from 'node:http';

export function withPathOnly(request: IncomingMessage): IncomingMessage {
  const [whole, rest = ''] = /^https?:\/\/[^/?]*(.*)/is.exec(request.url ?? '') ?? [];
  if (whole !== undefined) request.url = rest.startsWith('/') ? rest : `/${rest}`;
  return request;
}
