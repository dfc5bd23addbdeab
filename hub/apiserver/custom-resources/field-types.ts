// From an OpenAPI schema to the form that patches and server-side apply read (shared/machinery/schema.ts).

import {
  itemsOf,
  type JsonSchemaProps,
  propertyOf,
  valuesOf,
} from '../../../shared/api/apiextensions/index.ts';
import type { FieldType, ObjectType } from '../../../shared/machinery/index.ts';

const metaType = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** The types of a custom Kind: `name` and, below it, those of its fields, e.g. `com.example.v1.Gadget.spec`. */
export function typesOf(name: string, schema: JsonSchemaProps): Map<string, ObjectType> {
  const types = new Map<string, ObjectType>();
  const root = objectType(schema, name, types);
  root.properties = {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    ...root.properties,
    metadata: { type: 'ref', name: metaType },
  };
  types.set(name, root);
  return types;
}

function objectType(schema: JsonSchemaProps, name: string, types: Map<string, ObjectType>): ObjectType {
  const properties: Record<string, FieldType> = {};
  for (const [field, inner] of Object.entries(schema.properties ?? {}))
    properties[field] = fieldType(inner, `${name}.${field}`, types);
  return {
    properties,
    required: schema.required ?? [],
    ...(schema['x-kubernetes-map-type'] === 'atomic' && { mapType: 'atomic' as const }),
    ...(schema['x-kubernetes-preserve-unknown-fields'] && { others: { type: 'any' as const } }),
  };
}

function fieldType(schema: JsonSchemaProps, name: string, types: Map<string, ObjectType>): FieldType {
  if (schema['x-kubernetes-int-or-string']) return { type: 'string', format: 'int-or-string' };
  switch (schema.type) {
    case 'string':
      return { type: 'string' };
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
      return { type: 'integer', format: 'int64' };
    case 'number':
      return { type: 'number' };
    case 'array':
      return listType(schema, name, types);
    case 'object':
      return mapOrObject(schema, name, types);
    default:
      return { type: 'any' };
  }
}

function listType(schema: JsonSchemaProps, name: string, types: Map<string, ObjectType>): FieldType {
  const items = itemsOf(schema);
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return {
    type: 'array',
    items: items ? fieldType(items, `${name}.items`, types) : { type: 'any' },
    ...(isListType(listType) && { listType }),
    ...(keys.length > 0 && { listMapKeys: keys }),
    ...(items && keys.length > 0 && { keyDefaults: defaultsOf(items, keys) }),
  };
}

function isListType(type: string | undefined): type is 'atomic' | 'set' | 'map' {
  return type === 'atomic' || type === 'set' || type === 'map';
}

function defaultsOf(items: JsonSchemaProps, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = propertyOf(items, key)?.default;
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function mapOrObject(schema: JsonSchemaProps, name: string, types: Map<string, ObjectType>): FieldType {
  const atomic = schema['x-kubernetes-map-type'] === 'atomic' && { mapType: 'atomic' as const };
  const values = valuesOf(schema);
  if (values) return { type: 'map', values: fieldType(values, `${name}.values`, types), ...atomic };
  if (Object.keys(schema.properties ?? {}).length === 0) {
    // What is not described may be anything; it is pruned later where it is not to be kept.
    const free = !schema['x-kubernetes-embedded-resource'] && schema.additionalProperties !== false;
    if (free) return { type: 'map', values: { type: 'any' }, ...atomic };
  }
  const embedded = schema['x-kubernetes-embedded-resource'];
  const type = objectType(schema, name, types);
  if (embedded)
    type.properties = {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      ...type.properties,
      metadata: { type: 'ref', name: metaType },
    };
  types.set(name, type);
  return { type: 'ref', name, ...atomic };
}
