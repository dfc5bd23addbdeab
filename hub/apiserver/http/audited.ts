// What the HTTPS door tells the audit log of its requests.

import type { IncomingMessage } from 'node:http';
import type { Opening } from '../audit/index.ts';
import type { UserInfo } from '../request.ts';
import { sourceIps } from './source-ips.ts';

/** Somebody who was not let in. */
export const nobody: UserInfo = { name: '', groups: [] };

export function openingOf(request: IncomingMessage, user: UserInfo): Opening {
  const { method = 'GET', url: path = '/', headers, headersDistinct } = request;
  const [id] = headersDistinct['audit-id'] ?? [];
  return { method, path, user, sourceIps: sourceIps(request), userAgent: headers['user-agent'], id };
}
