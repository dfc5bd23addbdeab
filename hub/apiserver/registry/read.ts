// get, list and watch. Nothing here copies an object: answers carry the store's own.

import {
  apiVersionOf,
  type KubeList,
  type KubeObject,
  type Live,
  notFound,
} from '../../../shared/machinery/index.ts';
import type { Key, Listing } from '../../store/index.ts';
import { type Kind, prefixOf, storeKey } from '../kind.ts';
import type { ApiRequest } from '../request.ts';
import { failedStream, type WatchStream } from '../watch-stream.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';
import { parseResourceVersion } from './go-number.ts';
import { type ListQuery, parseListQuery } from './list-options.ts';
import type { RegistryParts } from './registry-parts.ts';
import { continueExpired, expired, isCompacted, tooLarge, tooOld } from './revision-errors.ts';
import { type Selection, selectionOf } from './selection.ts';
import { allShown, asShown } from './versions.ts';

/** Throws NotFound. */
export async function get(parts: RegistryParts, kind: Kind, request: ApiRequest): Promise<Live> {
  const { row } = kind;
  const { name = '', namespace } = request;
  const stored = await parts.store.get(storeKey(row, namespace, name));
  if (!stored) throw notFound(row, name);
  const wanted = parseResourceVersion(request.query.get('resourceVersion'));
  if (wanted > parts.store.revision) throw tooLarge(wanted, parts.store.revision);
  return asShown(kind, stored);
}

export async function list(parts: RegistryParts, kind: Kind, request: ApiRequest): Promise<KubeList> {
  const query = parseListQuery(request.query, 'list');
  const selection = selectionIn(kind, request);
  const page = await readPage(parts, kind, request, query, selection);
  return {
    kind: kind.row.listKind ?? `${kind.row.kind}List`,
    apiVersion: apiVersionOf(kind.row),
    metadata: {
      resourceVersion: String(page.revision),
      ...(page.last !== undefined && {
        continue: encodeContinue(
          { revision: page.revision, after: page.last },
          prefixOf(kind.row, request.namespace),
        ),
      }),
      ...(selection.all && page.remaining > 0 && { remainingItemCount: page.remaining }),
    },
    items: page.objects,
  };
}

function selectionIn(kind: Kind, { query, name }: ApiRequest): Selection {
  return selectionOf(kind, {
    labelSelector: query.get('labelSelector'),
    fieldSelector: query.get('fieldSelector'),
    name,
  });
}

async function readPage(
  parts: RegistryParts,
  kind: Kind,
  request: ApiRequest,
  query: ListQuery,
  selection: Selection,
): Promise<Listing> {
  const prefix = prefixOf(kind.row, request.namespace);
  const start = query.continue ? decodeContinue(query.continue, prefix) : undefined;
  const revision = start ? pageRevision(parts, start.revision) : exactRevision(parts, query);
  try {
    return await collect(parts, kind, prefix, selection, {
      limit: query.limit,
      after: start?.after,
      revision,
    });
  } catch (error) {
    if (!isCompacted(error)) throw error;
    if (!start) throw expired(revision ?? 0);
    throw continueExpired(encodeContinue({ revision: -1, after: start.after }, prefix));
  }
}

/** A page shows the state of the first one; undefined: that is lost, and the client goes on with the newest. */
function pageRevision({ store }: RegistryParts, revision: number): number | undefined {
  if (revision > store.revision) throw tooLarge(revision, store.revision);
  return revision > 0 ? revision : undefined;
}

/** The revision that the list must show; undefined: the newest state will do. */
function exactRevision({ store }: RegistryParts, query: ListQuery): number | undefined {
  const wanted = parseResourceVersion(query.resourceVersion);
  if (wanted === 0) return undefined;
  if (wanted > store.revision) throw tooLarge(wanted, store.revision);
  // Upstream's older rule, from before resourceVersionMatch: a list in pages is exact.
  const exact =
    query.resourceVersionMatch === 'Exact' || (query.resourceVersionMatch === '' && query.limit > 0);
  return exact ? wanted : undefined;
}

/** How many objects are looked at in one go when a selector picks from them. */
const readAtOnce = 500;

interface Range {
  limit: number;
  after: Key | undefined;
  revision: number | undefined;
}

/** Reads on until the page is full: a selector may leave out most of what is read. */
async function collect(
  parts: RegistryParts,
  kind: Kind,
  prefix: Key,
  selection: Selection,
  range: Range,
): Promise<Listing> {
  const { limit } = range;
  const read = async (after: Key | undefined, revision: number | undefined, most: number) => {
    const stored = await parts.store.list(prefix, {
      ...(most > 0 && { limit: most }),
      ...(after !== undefined && { after }),
      ...(revision !== undefined && { revision }),
    });
    return kind.strategy.fromStore ? { ...stored, objects: await allShown(kind, stored.objects) } : stored;
  };
  const atOnce = limit > 0 && !selection.all ? Math.max(limit, readAtOnce) : limit;
  let page = await read(range.after, range.revision, atOnce);
  if (selection.all) return page;
  const objects = page.objects.filter(selection.matches);
  while (page.last !== undefined && objects.length < limit) {
    page = await read(page.last, page.revision, atOnce);
    objects.push(...page.objects.filter(selection.matches));
  }
  return limit > 0 && objects.length > limit ? cut(kind, page, objects, limit) : { ...page, objects };
}

/** The first `limit` objects; the next page begins after the last of them. */
function cut({ row }: Kind, page: Listing, objects: readonly Live[], limit: number): Listing {
  const kept = objects.slice(0, limit);
  const last = kept.at(-1)?.metadata;
  return {
    ...page,
    objects: kept,
    remaining: page.remaining + objects.length - limit,
    ...(last && { last: storeKey(row, last.namespace, last.name) }),
  };
}

/** A watch without a time of its own lasts this long, up to twice. */
const shortestWatchMs = 1_800_000;

/** From a revision that is no longer kept it is a stream of one ERROR event. Throws BadRequest and Invalid. */
export async function watch(parts: RegistryParts, kind: Kind, request: ApiRequest): Promise<WatchStream> {
  const query = parseListQuery(request.query, 'watch');
  const { matches } = selectionIn(kind, request);
  const prefix = prefixOf(kind.row, request.namespace);
  const asked = parseResourceVersion(query.resourceVersion);
  const replay = query.sendInitialEvents ?? asked === 0;
  const state = replay ? await parts.store.list(prefix) : undefined;
  const shown = state && (await allShown(kind, state.objects));
  const after = state?.revision ?? (asked || parts.store.revision);
  const bookmark = (revision: number) => bookmarkOf(kind, revision);
  try {
    return parts.feed.stream({
      prefix,
      matches,
      initial: shown?.filter(matches) ?? [],
      ...(kind.strategy.fromStore && { turn: (object: Live) => asShown(kind, object) }),
      after,
      ...(query.sendInitialEvents && query.allowWatchBookmarks && { initialEnd: initialEndOf(kind, after) }),
      ...(query.allowWatchBookmarks && { bookmark }),
      timeoutMs: query.timeoutSeconds ? query.timeoutSeconds * 1000 : shortestWatchMs * (1 + Math.random()),
      ...(request.signal && { signal: request.signal }),
      ...(kind.row.custom && { onWithdrawn: (end) => parts.index.onRemoval(kind.row, end) }),
    });
  } catch (error) {
    if (isCompacted(error)) return failedStream(tooOld(after, parts.store.revision));
    throw error;
  }
}

function bookmarkOf({ row }: Kind, revision: number): KubeObject {
  return { kind: row.kind, apiVersion: apiVersionOf(row), metadata: { resourceVersion: String(revision) } };
}

function initialEndOf(kind: Kind, revision: number): KubeObject {
  const bookmark = bookmarkOf(kind, revision);
  const annotations = { 'k8s.io/initial-events-end': 'true' };
  return { ...bookmark, metadata: { ...bookmark.metadata, annotations } };
}
