// Lists of type `set` and `map` may not have the same item twice (apiextensions-apiserver/pkg/apiserver/schema/listtype).

import { canonicalJson, type FieldError, FieldPath, faults, isRecord } from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, propertyOf, valuesOf } from '../json-schema.ts';

export function listTypeFaults(
  value: unknown,
  schema: JsonSchemaProps,
  path = new FieldPath(),
): FieldError[] {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return [
      ...duplicatesOf(value, schema, path),
      ...(items ? value.flatMap((item, index) => listTypeFaults(item, items, path.index(index))) : []),
    ];
  }
  if (!isRecord(value)) return [];
  const values = valuesOf(schema);
  return Object.entries(value).flatMap(([key, field]) => {
    const property = propertyOf(schema, key);
    if (property) return listTypeFaults(field, property, path.child(key));
    return values ? listTypeFaults(field, values, path.key(key)) : [];
  });
}

function duplicatesOf(list: readonly unknown[], schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const keys = type === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : undefined;
  const seen = new Map<string, number>();
  return list.flatMap((item, index) => {
    const identity = keys ? keyOf(item, keys) : item;
    if (identity === undefined) return [];
    const text = canonicalJson(identity);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    return times === 2 ? [faults.duplicate(path.index(index), identity)] : [];
  });
}

function keyOf(item: unknown, keys: readonly string[]): Record<string, unknown> | undefined {
  if (!isRecord(item)) return undefined;
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(item, key)).map((key) => [key, item[key]]));
}
