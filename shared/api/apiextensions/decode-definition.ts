// Schemas within schemas: Go's types say `a schema or a list of schemas`, which the schema set cannot say. Read here.

import { isRecord, type JsonObject, type SchemaSet } from '../../machinery/index.ts';
import { type Decoded, decode } from '../decode.ts';

const types = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
const definitionType = `${types}.CustomResourceDefinition`;
const schemaType = `${types}.JSONSchemaProps`;

/** As `decode`, with the schemas of items and of values read too. Throws BadRequest. */
export function decodeDefinition(sent: JsonObject, schemas: SchemaSet): Decoded {
  const decoded = decode(schemas, definitionType, sent);
  const { spec } = decoded.object;
  const versions = isRecord(spec) && Array.isArray(spec.versions) ? spec.versions : [];
  versions.forEach((version: unknown, index) => {
    const schema = isRecord(version) && isRecord(version.schema) ? version.schema.openAPIV3Schema : undefined;
    const path = `spec.versions[${index}].schema.openAPIV3Schema`;
    if (isRecord(schema)) readWithin(schema, path, schemas, decoded.unknownFields);
  });
  return decoded;
}

const maps = ['properties', 'patternProperties', 'definitions'];
const lists = ['allOf', 'anyOf', 'oneOf'];

function readWithin(schema: JsonObject, path: string, schemas: SchemaSet, unknown: string[]): void {
  for (const field of ['items', 'additionalProperties', 'additionalItems']) {
    const inner = schema[field];
    if (isRecord(inner)) {
      const { object, unknownFields } = decode(schemas, schemaType, inner);
      unknown.push(...unknownFields.map((name) => `${path}.${field}.${name}`));
      schema[field] = object;
      readWithin(object, `${path}.${field}`, schemas, unknown);
    } else if (inner !== undefined && typeof inner !== 'boolean' && !Array.isArray(inner))
      delete schema[field];
  }
  const each = (inner: unknown, place: string) => {
    if (isRecord(inner)) readWithin(inner, place, schemas, unknown);
  };
  each(schema.not, `${path}.not`);
  for (const field of maps) {
    const inner = schema[field];
    if (isRecord(inner))
      for (const [name, value] of Object.entries(inner)) each(value, `${path}.${field}[${name}]`);
  }
  for (const field of lists) {
    const inner = schema[field];
    if (Array.isArray(inner))
      inner.forEach((value: unknown, index) => {
        each(value, `${path}.${field}[${index}]`);
      });
  }
}
