// Lists of which the order says nothing: their items are told apart by what they are (x-kubernetes-list-type: set) or by their keys
// (map). `==` and `+` heed that (k8s.io/apiserver/pkg/cel/common/values.go).

import type { JsonSchemaProps } from '../json-schema.ts';
import { mapOf } from './map-of.ts';

/** The same text for the same item. */
type Identity = (item: unknown) => string;

const identities = new WeakMap<object, Identity>();
/** Those lists, and what they stand in. */
const holders = new WeakSet<object>();

/** Notes how the items of a list are told apart: `nameOf` is how a property is called in a rule. */
export function noteKeys(
  list: readonly unknown[],
  schema: JsonSchemaProps,
  nameOf: (name: string) => string,
): void {
  const identity = identityBy(schema, nameOf);
  if (identity) identities.set(list, identity);
  if (identity || list.some(holdsKeyed)) holders.add(list);
}

function identityBy(schema: JsonSchemaProps, nameOf: (name: string) => string): Identity | undefined {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return textOf;
    case 'map': {
      const keys = (schema['x-kubernetes-list-map-keys'] ?? []).map(nameOf);
      return (item) => textOf(keys.map((key) => mapOf(item)?.get(key)));
    }
    default:
      return undefined;
  }
}

/** Notes that there are such lists within a map. */
export function noteHeld(map: ReadonlyMap<string, unknown>): void {
  if ([...map.values()].some(holdsKeyed)) holders.add(map);
}

export function holdsKeyed(value: unknown): boolean {
  return typeof value === 'object' && value !== null && holders.has(value);
}

/** `one` with its items in the order of `other`; undefined: it is no such list, or has other items. */
export function inOrderOf(one: readonly unknown[], other: readonly unknown[]): unknown[] | undefined {
  const identity = identities.get(one);
  if (!identity || one.length !== other.length) return undefined;
  const items = new Map(one.map((item) => [identity(item), item]));
  const found = other.map((item) => items.get(identity(item)));
  return found.includes(undefined) ? undefined : found;
}

/** What `one` and `other` have together, each item once: those of `other` in place of their equals. */
export function union(one: readonly unknown[], other: readonly unknown[]): unknown[] | undefined {
  const identity = identities.get(one);
  if (!identity) return undefined;
  const items = new Map<string, unknown>();
  for (const item of [...one, ...other]) items.set(identity(item), item);
  const list = [...items.values()];
  identities.set(list, identity);
  holders.add(list);
  return list;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  const map = mapOf(value);
  if (map) {
    const fields = [...map].map(([key, field]) => `${JSON.stringify(key)}:${textOf(field)}`);
    return `{${fields.sort().join()}}`;
  }
  if (typeof value === 'string') return JSON.stringify(value);
  return value instanceof Date ? `@${value.getTime()}` : String(value);
}
