// The forms of an object that are not the object: rows of a meta.k8s.io Table, and PartialObjectMetadata.

import type { Column } from '../../shared/api/index.ts';
import {
  ApiError,
  isRecord,
  type KubeList,
  type KubeObject,
  type Status,
} from '../../shared/machinery/index.ts';
import type { Kind } from './kind.ts';
import type { IncludeObject, MetaVersion, Representation } from './representation.ts';
import type { SentEvent } from './watch-stream.ts';

const nameDescription =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a ' +
  'client to request the generation of an appropriate name automatically. Name is primarily intended for creation ' +
  'idempotence and configuration definition. Cannot be updated. More info: ' +
  'https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';
const createdDescription =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed ' +
  'to be set in happens-before order across separate operations. Clients may not set this value. It is represented ' +
  'in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: ' +
  'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

/** For Kinds that have no columns of their own, as upstream's default table convertor. */
const defaultColumns: readonly Column[] = [
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: nameDescription,
    priority: 0,
    cell: ({ metadata }) => metadata?.name ?? '',
  },
  {
    name: 'Created At',
    type: 'date',
    description: createdDescription,
    priority: 0,
    cell: ({ metadata }) => metadata?.creationTimestamp ?? null,
  },
];

/** `now` is milliseconds since the epoch: ages are cells. */
export function represent(
  body: KubeObject | KubeList | Status,
  representation: Representation,
  kind: Kind,
  now: number,
): unknown {
  if (representation.form === 'object' || isStatus(body)) return body;
  const { version } = representation;
  if (representation.form === 'table') {
    const definitions = columnsOf(kind).map(definitionOf);
    return tableOf(body, kind, { version, include: representation.include, now, definitions });
  }
  if (isList(body) !== representation.ofList) throw otherThanAsked(body, representation.ofList);
  if (!isList(body)) return partialOf(body, version);
  const items = body.items.map((item) => partialOf(item, version));
  const listKind = 'PartialObjectMetadataList';
  return { kind: listKind, apiVersion: `meta.k8s.io/${version}`, metadata: body.metadata, items };
}

/** A client that wants the metadata of a list does not know what to do with those of an object. */
function otherThanAsked({ kind }: KubeObject | KubeList, ofList: boolean): ApiError {
  const asked = ofList ? 'PartialObjectMetadataList' : 'PartialObjectMetadata';
  const is = ofList ? 'is not a list' : 'is a list';
  return new ApiError('NotAcceptable', `you requested ${asked}, but the requested object ${is} (${kind})`);
}

/** Turns the events of one watch: a Table says its columns with the first event only. */
export function eventRepresentation(
  representation: Representation,
  kind: Kind,
  now: () => number,
): (event: SentEvent) => unknown {
  let told = false;
  return (event) => {
    if (event.type === 'ERROR' || representation.form === 'object') return event;
    const { type, object } = event;
    if (representation.form === 'metadata')
      return { type, object: partialOf(object, representation.version) };
    const definitions = told ? null : columnsOf(kind).map(definitionOf);
    told = true;
    const options = { ...representation, now: now(), definitions };
    if (type === 'BOOKMARK') return { type, object: { ...tableOf(object, kind, options), rows: [] } };
    return { type, object: tableOf(object, kind, options) };
  };
}

interface TableOptions {
  version: MetaVersion;
  include: IncludeObject;
  now: number;
  definitions: object[] | null;
}

function tableOf(
  body: KubeObject | KubeList,
  kind: Kind,
  { version, include, now, definitions }: TableOptions,
) {
  const columns = columnsOf(kind);
  const objects: readonly KubeObject[] = isList(body) ? inOrder(body.items, kind) : [body];
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: isList(body) ? body.metadata : { resourceVersion: body.metadata?.resourceVersion ?? '' },
    columnDefinitions: definitions,
    rows: objects.map((object) => {
      const conditions = kind.strategy.rowConditions?.(object) ?? [];
      return {
        cells: columns.map((column) => column.cell(object, now)),
        ...(conditions.length > 0 && { conditions }),
        object: included(object, include, version),
      };
    }),
  };
}

function inOrder(items: readonly KubeObject[], { strategy }: Kind): readonly KubeObject[] {
  return strategy.rowOrder ? [...items].sort((a, b) => strategy.rowOrder?.(a, b) ?? 0) : items;
}

function included(object: KubeObject, include: IncludeObject, version: MetaVersion): unknown {
  if (include === 'None') return null;
  return include === 'Object' ? object : partialOf(object, version);
}

function partialOf({ metadata }: KubeObject, version: MetaVersion) {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata };
}

function columnsOf({ strategy }: Kind): readonly Column[] {
  return strategy.columns.length > 0 ? strategy.columns : defaultColumns;
}

function definitionOf({ name, type, format = '', description, priority }: Column): object {
  return { name, type, format, description, priority };
}

function isList(body: KubeObject | KubeList): body is KubeList {
  return 'items' in body && Array.isArray(body.items);
}

function isStatus(body: KubeObject | KubeList | Status): body is Status {
  return isRecord(body) && body.kind === 'Status' && body.apiVersion === 'v1';
}
