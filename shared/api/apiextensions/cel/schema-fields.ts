// The fields of a schema as rules name them.

import { type JsonSchemaProps, valuesOf } from '../json-schema.ts';
import { escapedName } from './values.ts';

const text: JsonSchemaProps = { type: 'string' };
const objectFields: JsonSchemaProps = { type: 'object', properties: { name: text, generateName: text } };

/** An object of the API has these fields, whatever its schema says. */
export function asObject(schema: JsonSchemaProps): JsonSchemaProps {
  return {
    ...schema,
    properties: { ...schema.properties, apiVersion: text, kind: text, metadata: objectFields },
  };
}

/** By the name that it has in rules; undefined: there is none, or nobody knows. */
export function fieldOf(schema: JsonSchemaProps, name: string): JsonSchemaProps | undefined {
  const values = valuesOf(schema);
  if (values) return values;
  if (schema['x-kubernetes-embedded-resource'])
    return fieldOf(asObject({ ...schema, 'x-kubernetes-embedded-resource': false }), name);
  for (const [property, inner] of Object.entries(schema.properties ?? {}))
    if (escapedName(property) === name) return inner;
  return undefined;
}

/** Whether it may have fields that the schema does not name. */
export function isOpen(schema: JsonSchemaProps): boolean {
  return (
    schema.type !== 'object' ||
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema.additionalProperties === true
  );
}
