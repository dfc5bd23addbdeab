// One write as webhooks and policies see it (k8s.io/apiserver/pkg/admission Attributes).

import type { Resource } from '../../../../shared/api/index.ts';
import { isRecord, type KubeObject, type Live, type ObjectKey } from '../../../../shared/machinery/index.ts';
import type { AdmissionRequest } from '../admission-plugin.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

export interface Attributes {
  readonly operation: Operation;
  readonly request: AdmissionRequest;
  /** In whose words the objects are: the request's own, or those of an equivalent resource. */
  readonly row: Resource;
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
  readonly dryRun: boolean;
}

export function attributesOf(
  request: AdmissionRequest,
  object: KubeObject | undefined,
  old: Live | undefined,
): Attributes {
  const { resource: row } = request;
  return { operation: operationOf(object, old), request, row, object, old, dryRun: isDryRun(request) };
}

function operationOf(object: KubeObject | undefined, old: Live | undefined): Operation {
  if (!object) return 'DELETE';
  return old ? 'UPDATE' : 'CREATE';
}

const connectOptions: Readonly<Record<string, string>> = {
  exec: 'PodExecOptions',
  attach: 'PodAttachOptions',
  portforward: 'PodPortForwardOptions',
};

/** The object of a CONNECT is what was asked of the stream. */
export function connectAttributes(request: AdmissionRequest): Attributes {
  const { query, resource, subresource = '' } = request;
  const kind = connectOptions[subresource] ?? `${resource.kind}ProxyOptions`;
  const object: KubeObject & Record<string, unknown> = { apiVersion: 'v1', kind };
  for (const key of new Set(query?.keys())) {
    const values = query?.getAll(key) ?? [];
    if (key === 'command') object[key] = values;
    else if (key === 'ports') object[key] = values.map(Number);
    else object[key] = /^(true|false)$/.test(values[0] ?? '') ? values[0] === 'true' : values[0];
  }
  return { operation: 'CONNECT', request, row: resource, object, old: undefined, dryRun: false };
}

/** The options of a delete may come in its body. */
function isDryRun({ query, body, verb }: AdmissionRequest): boolean {
  if (query?.get('dryRun')) return true;
  const said = verb === 'delete' && isRecord(body) ? body.dryRun : undefined;
  return Array.isArray(said) && said.length > 0;
}

/** Whether a namespace itself is written. */
export function isOfNamespace({ resource: { group, resource } }: AdmissionRequest): boolean {
  return group === '' && resource === 'namespaces';
}

/** The request's own, of the object where the request has none. Who deletes a collection names nothing. */
export function keyOf({ request, object, old, operation }: Attributes): ObjectKey {
  const meta = operation === 'CONNECT' ? undefined : (object?.metadata ?? old?.metadata);
  const name = request.ofCollection ? '' : (request.name ?? meta?.name ?? '');
  const namespace = isOfNamespace(request) ? name : (request.namespace ?? meta?.namespace);
  return { name, ...(namespace && { namespace }) };
}
