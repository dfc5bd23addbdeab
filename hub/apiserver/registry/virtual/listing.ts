// get and list of resources whose objects are made when they are asked for.

import {
  apiVersionOf,
  type KubeObject,
  notFound,
  parseFieldSelector,
  parseLabelSelector,
} from '../../../../shared/machinery/index.ts';
import type { Kind } from '../../kind.ts';
import type { ApiRequest } from '../../request.ts';
import { parseListQuery } from '../list-options.ts';
import type { Handler } from '../outcome.ts';
import type { RegistryParts } from '../registry-parts.ts';

export interface VirtualObjects {
  /** All there are now, in order. */
  objects(parts: RegistryParts, kind: Kind, request: ApiRequest): KubeObject[] | Promise<KubeObject[]>;
  /** Said with every answer. */
  readonly warnings?: readonly string[];
}

/** Throws NotFound. */
export function getting({ objects, warnings = [] }: VirtualObjects): Handler {
  return async (parts, kind, request) => {
    const { name = '' } = request;
    const body = (await objects(parts, kind, request)).find(({ metadata }) => metadata?.name === name);
    if (!body) throw notFound(kind.row, name);
    return { type: 'object', code: 200, body, warnings };
  };
}

/** All at once: there are few, so `limit` is not needed. */
export function listing({ objects, warnings = [] }: VirtualObjects): Handler {
  return async (parts, kind, request) => {
    parseListQuery(request.query, 'list');
    const { row } = kind;
    const selection = selectionIn(request);
    const list = {
      kind: `${row.kind}List`,
      apiVersion: apiVersionOf(row),
      metadata: { resourceVersion: String(parts.store.revision) },
      items: (await objects(parts, kind, request)).filter(selection),
    };
    return { type: 'object', code: 200, body: list, warnings };
  };
}

/** Throws BadRequest for a selector that cannot be read. */
function selectionIn({ query, name }: ApiRequest): (object: KubeObject) => boolean {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
  return ({ metadata = {} }) =>
    (name === undefined || metadata.name === name) &&
    labels.matches(metadata.labels) &&
    fields.matches((field) =>
      field === 'metadata.name'
        ? (metadata.name ?? '')
        : field === 'metadata.namespace'
          ? (metadata.namespace ?? '')
          : '',
    );
}
