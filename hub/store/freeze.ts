// Makes a JSON value unchangeable to its last leaf, so that one copy can be shared by all readers.

/** Freezes `value` and everything in it; gives `value` back. JSON-like values only (no cycles). */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
