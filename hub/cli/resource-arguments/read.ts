// Reads what a selection names: lists page by page, single objects by name.

import { ApiError, isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import { apiVersionOfType, pathOf, type ResourceType, withQuery } from '../discovery/index.ts';
import { listAt, textAt } from '../json.ts';
import type { Session } from '../session.ts';

export interface ReadOptions {
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  selector?: string;
  fieldSelector?: string;
  /** Objects a page; 0: all at once. */
  chunkSize?: number;
  accept?: string;
  /** `Object`: a Table carries whole objects. */
  includeObject?: 'Object' | undefined;
}

/** The answers of a list, one a page. */
export async function readPages(
  session: Session,
  type: ResourceType,
  options: ReadOptions,
): Promise<unknown[]> {
  const { namespace, selector, fieldSelector, chunkSize = 500, accept, includeObject } = options;
  const pages: unknown[] = [];
  let next = '';
  do {
    const path = withQuery(pathOf(type, { namespace }), {
      labelSelector: selector,
      fieldSelector,
      limit: chunkSize > 0 ? chunkSize : undefined,
      continue: next,
      includeObject,
    });
    const page = await session
      .call(path, accept ? { accept } : {})
      .catch((error: unknown) => Promise.reject(listFailure(error, type, options)));
    pages.push(page);
    next = textAt(page, 'metadata', 'continue');
  } while (next);
  return pages;
}

/** The objects of a list, each with its apiVersion and kind. */
export async function readList(
  session: Session,
  type: ResourceType,
  options: ReadOptions,
): Promise<JsonObject[]> {
  const pages = await readPages(session, type, options);
  return pages.flatMap((page) => itemsOfList(page, type));
}

export function itemsOfList(page: unknown, type: ResourceType): JsonObject[] {
  const own = { apiVersion: apiVersionOfType(type), kind: type.kind };
  return listAt(page, 'items')
    .filter(isRecord)
    .map((item) => ({ ...own, ...item }));
}

/** One object. Throws ApiError NotFound. */
export async function readObject(
  session: Session,
  type: ResourceType,
  name: string,
  { namespace, accept, includeObject }: ReadOptions,
): Promise<unknown> {
  const path = withQuery(pathOf(type, { namespace, name }), { includeObject });
  return session.call(path, accept ? { accept } : {});
}

/** As kubectl says which list was refused. */
function listFailure(
  error: unknown,
  type: ResourceType,
  { selector = '', fieldSelector = '' }: ReadOptions,
): unknown {
  if (!(error instanceof ApiError) || !['BadRequest', 'NotFound'].includes(error.reason)) return error;
  const what = JSON.stringify(`${type.group}/${type.version}, Resource=${type.resource}`);
  const message =
    selector || fieldSelector
      ? `Unable to find ${what} that match label selector ${JSON.stringify(selector)}, field selector ${JSON.stringify(fieldSelector)}: ${error.message}`
      : `Unable to list ${what}: ${error.message}`;
  return new ApiError(error.reason, message, error.details);
}
