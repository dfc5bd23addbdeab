// Reading answers of the API whose Kind is not known beforehand.

import { isRecord, type JsonObject, ownField } from '../../shared/machinery/index.ts';

/** The value below these keys; undefined where the way ends. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isRecord(at) ? ownField(at, key) : undefined), value);
}

/** The text below these keys; empty where there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = valueAt(value, ...path);
  return found === undefined || found === null || typeof found === 'object' ? '' : String(found);
}

/** The object below these keys; empty where there is none. */
export function recordAt(value: unknown, ...path: readonly string[]): JsonObject {
  const found = valueAt(value, ...path);
  return isRecord(found) ? found : {};
}

/** The list below these keys; empty where there is none. */
export function listAt(value: unknown, ...path: readonly string[]): unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** A map of texts, e.g. labels. */
export function textsAt(value: unknown, ...path: readonly string[]): Record<string, string> {
  const entries = Object.entries(recordAt(value, ...path));
  return Object.fromEntries(entries.map(([key, text]) => [key, String(text)]));
}
