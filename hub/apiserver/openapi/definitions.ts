// From the schema set to the definitions of an OpenAPI document: the types of the resources, and all that they are made of.

import type { TypeDescription } from '../../../shared/api/index.ts';
import {
  type FieldType,
  inKeyOrder,
  type ObjectType,
  type SchemaSet,
} from '../../../shared/machinery/index.ts';
import type { GroupVersionKind, JsonSchema } from './document.ts';

export type Version = 2 | 3;
export type Descriptions = Readonly<Record<string, TypeDescription>>;

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const listMeta = `${meta}.ListMeta`;
export const patchType = `${meta}.Patch`;

const prefixes = { 2: '#/definitions/', 3: '#/components/schemas/' } as const;

/** A type that must be in the document, and of which Kind it is, if of one. */
export interface Root {
  name: string;
  kind?: GroupVersionKind;
  /** A list of the type of this name: made here, no schema set has to have it. */
  listOf?: string;
  /** The definition as it is to be shown, where the schema set does not say all of it. */
  schema?: JsonSchema;
}

export interface DefinitionsOptions {
  version: Version;
  schemas: SchemaSet;
  descriptions: Descriptions;
}

/** Where a document refers to a type. */
export function refTo(version: Version, name: string): string {
  return prefixes[version] + name;
}

/** Definitions of the roots and of every type that they reach, by name, sorted. */
export function definitionsOf(
  roots: readonly Root[],
  options: DefinitionsOptions,
): Record<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  const queue: Root[] = [...roots];
  for (const root of queue) {
    if (found.has(root.name)) continue;
    const scalar = plainDefinitions[options.version].get(root.name);
    if (scalar) {
      found.set(root.name, scalar);
      continue;
    }
    if (root.schema) {
      found.set(root.name, shownWith(root.schema, root.kind));
      queue.push({ name: `${meta}.ObjectMeta` });
      continue;
    }
    const type = root.listOf ? listOf(root.listOf) : options.schemas.typeNamed(root.name);
    found.set(root.name, definitionOf(root, type, options));
    for (const field of Object.values(type.properties))
      for (const name of refsIn(field)) queue.push({ name });
  }
  return inKeyOrder(found);
}

/** Formats of strings that upstream gives a type of their own. */
const namedFormats = {
  'date-time': `${meta}.Time`,
  'date-time-micro': `${meta}.MicroTime`,
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'int-or-string': 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
} as const;

const patchDefinition: JsonSchema = {
  description: 'Patch is provided to give a concrete name and type to the Kubernetes PATCH request body.',
  type: 'object',
};
const timeDefinition: JsonSchema = {
  description:
    'Time is a wrapper around time.Time which supports correct marshaling to YAML and JSON.  Wrappers are provided for many of the factory methods that the time package offers.',
  type: 'string',
  format: 'date-time',
};
const microTimeDefinition: JsonSchema = {
  description: 'MicroTime is version of Time with microsecond level precision.',
  type: 'string',
  format: 'date-time',
};
const quantityWords =
  'Quantity is a fixed-point representation of a number. It provides convenient marshaling/unmarshaling in JSON and YAML, in addition to String() and AsInt64() accessors.';
const intOrStringWords =
  'IntOrString is a type that can hold an int32 or a string.  When used in JSON or YAML marshalling and unmarshalling, it produces or consumes the inner type.  This allows you to have, for example, a JSON field that can accept a name or number.';

/** Definitions that are no structs: no schema set has them. Version 2 cannot say `a string or a number`. */
const plainDefinitions: Record<Version, ReadonlyMap<string, JsonSchema>> = {
  2: new Map([
    [patchType, patchDefinition],
    [namedFormats['date-time'], timeDefinition],
    [namedFormats['date-time-micro'], microTimeDefinition],
    [namedFormats.quantity, { description: quantityWords, type: 'string' }],
    [
      namedFormats['int-or-string'],
      { description: intOrStringWords, type: 'string', format: 'int-or-string' },
    ],
  ]),
  3: new Map([
    [patchType, patchDefinition],
    [namedFormats['date-time'], timeDefinition],
    [namedFormats['date-time-micro'], microTimeDefinition],
    [namedFormats.quantity, { description: quantityWords, oneOf: [{ type: 'string' }, { type: 'number' }] }],
    [
      namedFormats['int-or-string'],
      {
        description: intOrStringWords,
        format: 'int-or-string',
        oneOf: [{ type: 'integer' }, { type: 'string' }],
      },
    ],
  ]),
};

function shownWith(schema: JsonSchema, kind: GroupVersionKind | undefined): JsonSchema {
  return { ...schema, ...(kind && { 'x-kubernetes-group-version-kind': [kind] }) };
}

function listOf(name: string): ObjectType {
  return {
    properties: {
      apiVersion: { type: 'string' },
      items: { type: 'array', items: { type: 'ref', name } },
      kind: { type: 'string' },
      metadata: { type: 'ref', name: listMeta },
    },
    required: ['items'],
  };
}

function refsIn(field: FieldType): string[] {
  if (field.type === 'ref') return [field.name];
  if (field.type === 'string')
    return field.format && field.format !== 'byte' ? [namedFormats[field.format]] : [];
  if (field.type === 'array') return refsIn(field.items);
  return field.type === 'map' ? refsIn(field.values) : [];
}

function definitionOf({ name, kind }: Root, type: ObjectType, options: DefinitionsOptions): JsonSchema {
  const words = options.descriptions[name];
  const properties: Record<string, JsonSchema> = {};
  for (const [field, fieldType] of Object.entries(type.properties)) {
    const description = words?.properties[field];
    properties[field] = { ...(description && { description }), ...fieldOf(fieldType, options.version) };
  }
  return {
    ...(words?.description && { description: words.description }),
    type: 'object',
    ...(type.required.length > 0 && { required: type.required }),
    properties,
    ...(kind && { 'x-kubernetes-group-version-kind': [kind] }),
    ...(type.mapType && { 'x-kubernetes-map-type': type.mapType }),
  };
}

function fieldOf(field: FieldType, version: Version): JsonSchema {
  switch (field.type) {
    case 'string':
      return stringOf(field.format, version);
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
      return { type: 'integer', format: field.format };
    case 'number':
      return { type: 'number', format: 'double' };
    case 'map':
      return {
        type: 'object',
        additionalProperties: fieldOf(field.values, version),
        ...(field.mapType && { 'x-kubernetes-map-type': field.mapType }),
      };
    case 'array':
      return { type: 'array', items: fieldOf(field.items, version), ...listExtensions(field) };
    case 'ref':
      return {
        ...referenceOf(field.name, version),
        ...(field.mapType && { 'x-kubernetes-map-type': field.mapType }),
        ...(field.retainKeys && { 'x-kubernetes-patch-strategy': 'retainKeys' }),
      };
    case 'any':
      return {};
  }
}

function stringOf(format: Extract<FieldType, { type: 'string' }>['format'], version: Version): JsonSchema {
  if (!format || format === 'byte') return { type: 'string', ...(format && { format }) };
  return referenceOf(namedFormats[format], version);
}

/** Version 3 knows no description beside a reference. */
function referenceOf(name: string, version: Version): JsonSchema {
  const reference = { $ref: refTo(version, name) };
  return version === 3 ? { allOf: [reference] } : reference;
}

function listExtensions(field: Extract<FieldType, { type: 'array' }>): JsonSchema {
  const retains = field.items.type === 'ref' && field.items.retainKeys;
  return {
    ...(field.listMapKeys && { 'x-kubernetes-list-map-keys': field.listMapKeys }),
    ...(field.listType && { 'x-kubernetes-list-type': field.listType }),
    ...(field.mergeKey && { 'x-kubernetes-patch-merge-key': field.mergeKey }),
    ...(field.patchStrategy && { 'x-kubernetes-patch-strategy': retains ? 'merge,retainKeys' : 'merge' }),
  };
}
