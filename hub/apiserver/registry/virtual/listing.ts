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
import { decodeContinue, encodeContinue } from '../continue-token.ts';
import { type ListQuery, parseListQuery } from '../list-options.ts';
import type { Handler } from '../outcome.ts';
import type { RegistryParts } from '../registry-parts.ts';

export interface VirtualObjects {
  /** All there are now, in order. */
  objects(parts: RegistryParts, kind: Kind, request: ApiRequest): KubeObject[] | Promise<KubeObject[]>;
}

/** Throws NotFound. */
export function getting({ objects }: VirtualObjects): Handler {
  return async (parts, kind, request) => {
    const { name = '' } = request;
    const body = (await objects(parts, kind, request)).find(({ metadata }) => metadata?.name === name);
    if (!body) throw notFound(kind.row, name);
    return { type: 'object', code: 200, body };
  };
}

/** In pages as every list, of what there is when a page is asked for. Throws BadRequest. */
export function listing({ objects }: VirtualObjects): Handler {
  return async (parts, kind, request) => {
    const query = parseListQuery(request.query, 'list');
    const { row } = kind;
    const all = (await objects(parts, kind, request)).filter(selectionIn(request));
    const { revision } = parts.store;
    const list = {
      kind: `${row.kind}List`,
      apiVersion: apiVersionOf(row),
      ...pageOf(all, query, revision),
    };
    return { type: 'object', code: 200, body: list };
  };
}

const root = '/';

function pageOf(all: readonly KubeObject[], { limit, continue: token }: ListQuery, revision: number) {
  const after = token ? decodeContinue(token, root).after : undefined;
  const at = after === undefined ? 0 : all.findIndex((object) => placeOf(object) > after);
  const rest = at < 0 ? [] : all.slice(at);
  const items = limit > 0 ? rest.slice(0, limit) : rest;
  const last = items.at(-1);
  const left = rest.length - items.length;
  const more =
    left > 0 && last
      ? { continue: encodeContinue({ revision, after: placeOf(last) }, root), remainingItemCount: left }
      : {};
  return { metadata: { resourceVersion: String(revision), ...more }, items };
}

/** What they are in order of. */
function placeOf({ metadata: { namespace, name = '' } = {} }: KubeObject): string {
  return `${root}${namespace ? `${namespace}/` : ''}${name}`;
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
