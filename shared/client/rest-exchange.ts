// A structured request as REST has it, and what its answer comes to: the same over HTTPS, MQTT, and on the way to other servers.

import { ApiError, type Status } from '../machinery/index.ts';
import type { TransportRequest } from './transport.ts';

const methods = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
} as const;

export type RestAddress = Omit<TransportRequest, 'verb' | 'body' | 'patchType'> & {
  verb: keyof typeof methods;
};

/** The path has its query. */
export function restOf({ verb, resource, namespace, name, subresource, query = {} }: RestAddress): {
  method: string;
  path: string;
} {
  const { group, version, namespaced } = resource;
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
  const within = namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const named = name ? `/${encodeURIComponent(name)}` : '';
  const under = subresource ? `/${subresource}` : '';
  const search = Object.keys(query).length > 0 ? `?${new URLSearchParams(query)}` : '';
  return { method: methods[verb], path: `${root}${within}/${resource.resource}${named}${under}${search}` };
}

/** The answer as JSON; throws the ApiError that a failure's Status describes. */
export function answerOf(code: number, text: string): unknown {
  const body = parsed(text);
  if (code >= 200 && code < 300) return body;
  if (isStatus(body)) throw ApiError.fromStatus(body);
  throw ApiError.fromStatus({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: text.slice(0, 1024) || `the server answered ${code}`,
    code,
  });
}

/** Not every server in the way answers JSON: then the text is the answer. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isStatus(body: unknown): body is Status {
  return typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status';
}
