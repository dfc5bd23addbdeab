// The two forms that a map has while an expression runs.

import { isRecord } from '../../../machinery/index.ts';

/** The library makes plain objects of maps that are written down; undefined: it is no map. */
export function mapOf(value: unknown): ReadonlyMap<unknown, unknown> | undefined {
  if (value instanceof Map) return value;
  if (!isRecord(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ? new Map(Object.entries(value)) : undefined;
}
