// A meta.k8s.io Table as the server sends it, checked once on its way in.

import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';
import { listAt, textAt, valueAt } from '../json.ts';

export const tableAccept =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

export interface TableColumn {
  name: string;
  type: string;
  format: string;
  priority: number;
}

export interface TableRow {
  cells: readonly unknown[];
  /** How far it is with what takes long; empty: nothing is said of that. */
  progress: string;
  /** Its metadata, or all of it. */
  object: JsonObject;
}

export interface ServerTable {
  /** Empty in a watch after the first event: those of the first go on. */
  columns: readonly TableColumn[];
  rows: readonly TableRow[];
  resourceVersion: string;
  /** Where the next page begins; empty on the last. */
  continue: string;
}

/** Also takes an object or a list that a server would not turn into a Table: a name and an age are left of it then. */
export function readTable(body: unknown): ServerTable {
  const resourceVersion = textAt(body, 'metadata', 'resourceVersion');
  const next = textAt(body, 'metadata', 'continue');
  if (textAt(body, 'kind') !== 'Table') {
    const items = Array.isArray(valueAt(body, 'items')) ? listAt(body, 'items') : [body];
    return {
      columns: fallbackColumns,
      rows: items.filter(isRecord).map(fallbackRow),
      resourceVersion,
      continue: next,
    };
  }
  return {
    columns: listAt(body, 'columnDefinitions').map(columnOf),
    rows: listAt(body, 'rows').map((row) => {
      const object = valueAt(row, 'object');
      return {
        cells: listAt(row, 'cells'),
        progress: progressOf(row),
        object: isRecord(object) ? object : {},
      };
    }),
    resourceVersion,
    continue: next,
  };
}

function progressOf(row: unknown): string {
  const found = listAt(row, 'conditions').find((condition) => textAt(condition, 'type') === 'Progressing');
  return textAt(found, 'message');
}

function columnOf(definition: unknown): TableColumn {
  return {
    name: textAt(definition, 'name'),
    type: textAt(definition, 'type'),
    format: textAt(definition, 'format'),
    priority: Number(textAt(definition, 'priority') || 0),
  };
}

const fallbackColumns: readonly TableColumn[] = [
  { name: 'Name', type: 'string', format: 'name', priority: 0 },
  { name: 'Created At', type: 'date', format: '', priority: 0 },
];

function fallbackRow(object: JsonObject): TableRow {
  return {
    cells: [textAt(object, 'metadata', 'name'), textAt(object, 'metadata', 'creationTimestamp')],
    progress: '',
    object,
  };
}
