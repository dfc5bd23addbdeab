// Which item of the old list an item of the new one was, as far as a list's type can tell.

import { deepEqual, isRecord } from '../../../machinery/index.ts';
import type { JsonSchemaProps } from '../json-schema.ts';

/** The value that stood there before. */
export interface Before {
  readonly value: unknown;
}

/** Items of a list of type `map` are told apart by their keys; those of other lists, sets among them, not at all. */
export function correlated(
  before: Before | undefined,
  schema: JsonSchemaProps,
  item: unknown,
): Before | undefined {
  if (!before || !Array.isArray(before.value)) return undefined;
  if (schema['x-kubernetes-list-type'] !== 'map' || !isRecord(item)) return undefined;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const found = before.value.find(
    (old) => isRecord(old) && keys.every((key) => deepEqual(old[key], item[key])),
  );
  return found === undefined ? undefined : { value: found };
}
