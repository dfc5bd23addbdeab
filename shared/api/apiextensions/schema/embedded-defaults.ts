// Defaults of objects within an object: what they have of metadata is what metadata have
// (k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting).

import {
  ApiError,
  type FieldError,
  FieldPath,
  faults,
  faultText,
  goErrors,
  goUntyped,
  isRecord,
  type JsonObject,
  jsonKind,
  mutableCopy,
  type SchemaSet,
} from '../../../machinery/index.ts';
import { type Decoded, decode } from '../../decode.ts';
import { itemsOf, type JsonSchemaProps, propertyOf, valuesOf } from '../json-schema.ts';
import { embeddedFaults } from './embedded.ts';

/** Within an embedded object: where. `[]` stands for an item. */
export interface EmbeddedPlace {
  root: JsonSchemaProps;
  path: readonly string[];
}

const metaType = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const ofObjects = ['apiVersion', 'kind', 'metadata'];

/** Where the property of a schema stands; undefined: nothing about an object's Kind or metadata. */
export function placeWithin(
  schema: JsonSchemaProps,
  name: string,
  place: EmbeddedPlace | undefined,
): EmbeddedPlace | undefined {
  if (schema['x-kubernetes-embedded-resource'])
    return ofObjects.includes(name) ? { root: schema, path: [name] } : undefined;
  return place && { ...place, path: [...place.path, name] };
}

/** Metadata as they are read. Throws an Error in Go's words for those of other types. */
export function readMetadata(metadata: unknown, schemas: SchemaSet): Decoded {
  if (!isRecord(metadata))
    throw new Error(`json: cannot unmarshal ${jsonKind(metadata)} into Go value of type v1.ObjectMeta`);
  try {
    return decode(schemas, metaType, metadata);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const why = error.message.replace(/^.*? cannot be handled as a ObjectMeta: /, '');
    throw new Error(why, { cause: error });
  }
}

/** What is wrong with the object that a default for a part of its metadata would make. */
export function metadataDefaultFaults(
  value: unknown,
  { root, path }: EmbeddedPlace,
  schemas: SchemaSet,
  at: FieldPath,
): FieldError[] {
  const object = surrounding(path, value);
  const found = readingFaults(object, root, schemas, new FieldPath());
  const wrong = found.length > 0 ? found : embeddedFaults(object, root, new FieldPath(), false);
  if (wrong.length === 0) return [];
  const said = goErrors(wrong.map(faultText));
  return [faults.invalid(at, value, `must result in valid metadata: ${said}`)];
}

/** What is wrong with objects that a default has in it. */
export function objectDefaultFaults(
  value: unknown,
  schema: JsonSchemaProps,
  schemas: SchemaSet,
  at: FieldPath,
): FieldError[] {
  const found = readingFaults(value, schema, schemas, at);
  return found.length > 0 ? found : embeddedFaults(value, schema, at, false);
}

/** The schema with defaults that have of metadata only what metadata have. */
export function settledDefaults(
  schema: JsonSchemaProps,
  schemas: SchemaSet,
  place?: EmbeddedPlace,
): JsonSchemaProps {
  const settled = { ...schema };
  if (schema.default !== undefined)
    settled.default = place
      ? settledPart(schema.default, place, schemas)
      : settledValue(mutableCopy(schema.default), schema, schemas);
  const item = place && { ...place, path: [...place.path, '[]'] };
  const items = itemsOf(schema);
  if (items) settled.items = settledDefaults(items, schemas, item);
  if (schema.properties)
    settled.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, inner]) => [
        name,
        settledDefaults(inner, schemas, placeWithin(schema, name, place)),
      ]),
    );
  return settled;
}

/** Metadata of other types than they have are left as they are: nothing new comes to have them. */
function settledPart(value: unknown, { path }: EmbeddedPlace, schemas: SchemaSet): unknown {
  if (path[0] !== 'metadata') return value;
  let part: unknown = settledMetadata(surrounding(path, value), schemas);
  for (const name of path) {
    if (name === '[]') part = Array.isArray(part) ? part[0] : undefined;
    else part = isRecord(part) ? part[name] : undefined;
  }
  return part;
}

function settledValue(value: unknown, schema: JsonSchemaProps, schemas: SchemaSet): unknown {
  const settled =
    isRecord(value) && schema['x-kubernetes-embedded-resource'] ? settledMetadata(value, schemas) : value;
  for (const [key, inner] of within(settled, schema))
    if (Array.isArray(settled) || isRecord(settled))
      Reflect.set(settled, key, settledValue(Reflect.get(settled, key), inner, schemas));
  return settled;
}

function settledMetadata(object: JsonObject, schemas: SchemaSet): JsonObject {
  if (!isRecord(object.metadata)) return object;
  try {
    return { ...object, metadata: readMetadata(object.metadata, schemas).object };
  } catch {
    return object;
  }
}

function readingFaults(
  value: unknown,
  schema: JsonSchemaProps,
  schemas: SchemaSet,
  at: FieldPath,
): FieldError[] {
  if (isRecord(value) && value.metadata !== undefined && schema['x-kubernetes-embedded-resource'])
    try {
      readMetadata(value.metadata, schemas);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return [faults.invalid(at.child('metadata'), goUntyped(value.metadata), why)];
    }
  return within(value, schema).flatMap(([key, inner]) => {
    const place = Array.isArray(value) ? at.index(Number(key)) : at.child(key);
    return readingFaults(Reflect.get(Object(value), key), inner, schemas, place);
  });
}

/** The parts of a value, each with its schema. */
function within(value: unknown, schema: JsonSchemaProps): [string, JsonSchemaProps][] {
  const values = Array.isArray(value) ? itemsOf(schema) : valuesOf(schema);
  const keys = Array.isArray(value) || isRecord(value) ? Object.keys(value) : [];
  return keys.flatMap((key): [string, JsonSchemaProps][] => {
    const inner = (Array.isArray(value) ? undefined : propertyOf(schema, key)) ?? values;
    return inner ? [[key, inner]] : [];
  });
}

/** An object that has the value there, and else nothing but its Kind. */
function surrounding(path: readonly string[], value: unknown): JsonObject {
  const whole = path.reduceRight<unknown>(
    (inner, name) => (name === '[]' ? [inner] : { [name]: inner }),
    mutableCopy(value),
  );
  return { ...(isRecord(whole) && whole), apiVersion: 'validation/v1', kind: 'Validation' };
}
