// Objects within an object (x-kubernetes-embedded-resource) are of some Kind, and have metadata that fit one.

import {
  type FieldError,
  FieldPath,
  faults,
  isRecord,
  validateObjectMeta,
} from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, propertyOf, valuesOf } from '../json-schema.ts';

export function embeddedFaults(
  value: unknown,
  schema: JsonSchemaProps,
  path = new FieldPath(),
  isRoot = true,
): FieldError[] {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return items ? value.flatMap((item, index) => embeddedFaults(item, items, path.index(index), false)) : [];
  }
  if (!isRecord(value)) return [];
  const values = valuesOf(schema);
  const within = Object.entries(value).flatMap(([key, field]) => {
    const property = propertyOf(schema, key);
    if (property) return embeddedFaults(field, property, path.child(key), false);
    return values ? embeddedFaults(field, values, path.key(key), false) : [];
  });
  return schema['x-kubernetes-embedded-resource'] && !isRoot
    ? [...objectFaults(value, path), ...within]
    : within;
}

function objectFaults(
  { apiVersion, kind, metadata }: Record<string, unknown>,
  path: FieldPath,
): FieldError[] {
  const required = (field: string, value: unknown) =>
    typeof value === 'string' && value !== ''
      ? []
      : [faults.required(path.child(field), 'must not be empty')];
  return [
    ...required('apiVersion', apiVersion),
    ...required('kind', kind),
    ...(isRecord(metadata)
      ? validateObjectMeta(
          { name: 'embedded', ...metadata },
          { namespaced: true, path: path.child('metadata'), plainFinalizers: true },
        ).filter(({ field }) => !field.endsWith('.namespace'))
      : []),
  ];
}
