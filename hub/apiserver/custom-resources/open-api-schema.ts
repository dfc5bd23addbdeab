// A custom resource's schema as OpenAPI shows it: all of it in version 3; version 2 knows less, as upstream's does.

import type { JsonSchemaProps } from '../../../shared/api/apiextensions/index.ts';
import { isRecord, type JsonObject } from '../../../shared/machinery/index.ts';

const metaType = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const words = {
  apiVersion:
    'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  kind: 'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
  metadata:
    "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
};

/** What version 2 has no word for. */
const onlyInVersion3 = ['oneOf', 'anyOf', 'not', 'allOf', 'nullable', 'default'];

export function openApiOf(schema: JsonSchemaProps, version: 2 | 3): JsonObject {
  // Upstream publishes no structure where fields beyond it are kept: kubectl would call them mistakes.
  const loose = version === 2 && schema['x-kubernetes-preserve-unknown-fields'] === true;
  const shown = loose ? { type: 'object' } : translate(schema, version);
  if (loose) return withKind(shown);
  const properties = isRecord(shown.properties) ? shown.properties : {};
  const reference =
    version === 3
      ? { allOf: [{ $ref: `#/components/schemas/${metaType}` }], description: words.metadata }
      : { $ref: `#/definitions/${metaType}`, description: words.metadata };
  return withKind({
    ...shown,
    properties: {
      apiVersion: { type: 'string', description: words.apiVersion },
      kind: { type: 'string', description: words.kind },
      metadata: reference,
      ...without(properties, ['apiVersion', 'kind', 'metadata']),
    },
  });
}

function withKind(schema: JsonObject): JsonObject {
  return { type: 'object', ...schema };
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

function translate(schema: JsonSchemaProps, version: 2 | 3): JsonObject {
  if (version === 2 && schema['x-kubernetes-int-or-string'])
    return {
      ...(schema.description && { description: schema.description }),
      'x-kubernetes-int-or-string': true,
    };
  const result: JsonObject = {};
  for (const [field, value] of Object.entries(schema)) {
    if (version === 2 && onlyInVersion3.includes(field)) continue;
    if (field === 'x-kubernetes-validations' && version === 2) continue;
    result[field] = translated(field, value, version);
  }
  if (version === 2 && schema['x-kubernetes-preserve-unknown-fields']) delete result.properties;
  if (version === 2 && schema.nullable) {
    delete result.type;
    delete result.items;
    delete result.properties;
  }
  return result;
}

function translated(field: string, value: unknown, version: 2 | 3): unknown {
  switch (field) {
    case 'properties':
      return isRecord(value)
        ? Object.fromEntries(
            Object.entries(value).map(([name, inner]) => [
              name,
              isRecord(inner) ? translate(inner, version) : inner,
            ]),
          )
        : value;
    case 'items':
    case 'additionalProperties':
    case 'not':
      return isRecord(value) ? translate(value, version) : value;
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return Array.isArray(value)
        ? value.map((inner: unknown) => (isRecord(inner) ? translate(inner, version) : inner))
        : value;
    default:
      return value;
  }
}
