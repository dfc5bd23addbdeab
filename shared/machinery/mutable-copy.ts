// The way from a frozen object of the cache to one that may be changed.

import { isRecord, setField } from './json-object.ts';

/** A deep, unfrozen copy of a JSON value (of a `Live<T>`: a T to change and send). `undefined` fields are dropped. */
export function mutableCopy<T>(value: T): T {
  // The copy has the shape of its original by construction, which the compiler cannot see.
  return copyOf(value) as T;
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isRecord(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field !== undefined) setField(copy, key, copyOf(field));
  }
  return copy;
}
