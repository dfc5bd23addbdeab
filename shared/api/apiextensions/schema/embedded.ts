// Objects within an object (x-kubernetes-embedded-resource) are of some Kind, and have metadata that fit one.

import {
  dns1035Label,
  type FieldError,
  FieldPath,
  faults,
  isRecord,
  type NameRule,
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
  return [
    ...textFaults(apiVersion, path.child('apiVersion'), groupVersion),
    ...textFaults(kind, path.child('kind'), kindName),
    ...(isRecord(metadata)
      ? validateObjectMeta(
          { name: 'embedded', ...metadata },
          {
            namespaced: Boolean(metadata.namespace),
            nameRule: 'path-segment',
            path: path.child('metadata'),
            plainFinalizers: true,
          },
        )
      : []),
  ];
}

function textFaults(value: unknown, path: FieldPath, rule: NameRule): FieldError[] {
  if (value === undefined) return [faults.required(path, 'must not be empty')];
  if (typeof value !== 'string') return [faults.invalid(path, value, 'must be a string')];
  if (value === '') return [faults.invalid(path, value, 'must not be empty')];
  return rule(value).map((text) => faults.invalid(path, value, text));
}

const groupVersion: NameRule = (value) =>
  value.split('/').length > 2 ? [`unexpected GroupVersion string: ${value}`] : [];

const kindName: NameRule = (value) => {
  const wrong = dns1035Label(value.toLowerCase());
  return wrong.length > 0 ? [`may have mixed case, but should otherwise match: ${wrong.join(',')}`] : [];
};
