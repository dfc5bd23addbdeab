// Recorded objects have words where a run has values of its own: here they become values that an API server takes.

import type { Json } from '../https-json.ts';

let signingRequest = '';

/** A certificate signing request in PEM and base64, for objects that carry one. */
export function useSigningRequest(request: string): void {
  signingRequest = request;
}

/** Bodies whose size was the mistake are recorded as a sentence: `ConfigMap with data.k = 9 times x`. */
export function sendable(body: Json): Json {
  if (body === undefined || body === null) return body;
  const [, kind, field, count] = /^(\w+) with (\S+) = (\d+) times x$/.exec(body) ?? [];
  if (kind && field) return oversized(kind, field.split('.'), Number(count));
  if (typeof body === 'string') return body;
  const text = JSON.stringify(body)
    .replaceAll('"MICROTIME"', '"2021-07-01T10:00:00.000000Z"')
    .replaceAll('"TIME"', '"2021-07-01T10:00:00Z"')
    .replaceAll('"RV"', '"1"')
    .replaceAll('kube-api-access-RAND5', 'kube-api-access-rand5')
    .replaceAll('"BASE64 CSR"', JSON.stringify(signingRequest));
  return JSON.parse(text);
}

function oversized(kind: string, field: readonly string[], count: number): Json {
  const name = kind === 'Pod' ? 'e-pod' : 'e-cm';
  const spec = { containers: [{ name: 'c', image: 'nginx' }] };
  const object: Json = { apiVersion: 'v1', kind, metadata: { name }, ...(kind === 'Pod' && { spec }) };
  const parent = field.slice(0, -1).reduce((place, step) => (place[step] ??= {}), object);
  parent[field.at(-1) ?? ''] = 'x'.repeat(count);
  return object;
}
