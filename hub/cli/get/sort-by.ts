// `--sort-by`: rows and objects in the order of a JSONPath, compared as kubectl does.

import { UserError } from '../../../shared/base/index.ts';
import type { JsonObject } from '../../../shared/machinery/index.ts';
import { Quantity } from '../../../shared/machinery/index.ts';
import { relaxedPath } from '../printers/custom-columns.ts';
import { find } from '../printers/jsonpath/index.ts';
import type { TypedTable } from './print-tables.ts';

export const sortBy = {
  /** Tables of one type become one. */
  tables(tables: readonly TypedTable[], path: string): TypedTable[] {
    const merged = new Map<string, TypedTable>();
    for (const { type, table } of tables) {
      const key = `${type.group}/${type.resource}`;
      const before = merged.get(key);
      const rows = [...(before?.table.rows ?? []), ...table.rows];
      merged.set(key, { type, table: { ...(before?.table ?? table), rows } });
    }
    return [...merged.values()].map(({ type, table }) => ({
      type,
      table: { ...table, rows: sorted(table.rows, path, ({ object }) => object) },
    }));
  },

  objects(objects: readonly JsonObject[], path: string): JsonObject[] {
    return sorted(objects, path, (object) => object);
  },
};

function sorted<T>(items: readonly T[], path: string, objectOf: (item: T) => JsonObject): T[] {
  const steps = relaxedPath(path);
  const keyed = items.map((item) => ({ item, key: find(steps, objectOf(item))[0] }));
  if (items.length > 0 && keyed.every(({ key }) => key === undefined))
    throw new UserError(
      `couldn't find any field with path "{.${path.replace(/^\{?\.?|\}$/g, '')}}" in the list of objects`,
    );
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ item }) => item);
}

/** What has no such field comes first. */
function compare(left: unknown, right: unknown): number {
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined);
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  const texts: [string, string] = [String(left), String(right)];
  const amounts = texts.map((text) => Quantity.check(text));
  const [one, other] = amounts;
  if (one instanceof Quantity && other instanceof Quantity) return one.compare(other);
  return naturally(...texts);
}

/** Runs of digits compare by their number. */
function naturally(left: string, right: string): number {
  const [a, b] = [parts(left), parts(right)];
  for (const [index, one] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (one === other) continue;
    const byNumber = /^\d/.test(one) && /^\d/.test(other) ? Number(one) - Number(other) : 0;
    return byNumber || (one < other ? -1 : 1);
  }
  return a.length - b.length;
}

function parts(text: string): string[] {
  return text.match(/\d+|\D/g) ?? [];
}
