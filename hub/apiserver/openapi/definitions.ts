// From the schema set to the definitions of an OpenAPI document: the types of the resources, and all that they are made of.

import type { TypeDescription } from '../../../shared/api/schema-set.ts';
import type { FieldType, ObjectType, SchemaSet } from '../../../shared/machinery/index.ts';
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
    if (root.name === patchType) {
      found.set(patchType, patchDefinition);
      continue;
    }
    const type = root.listOf ? listOf(root.listOf) : options.schemas.typeNamed(root.name);
    found.set(root.name, definitionOf(root, type, options));
    for (const field of Object.values(type.properties))
      for (const name of refsIn(field)) queue.push({ name });
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const patchDefinition: JsonSchema = {
  description: 'Patch is provided to give a concrete name and type to the Kubernetes PATCH request body.',
  type: 'object',
};

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
  switch (format) {
    case 'date-time':
    case 'date-time-micro':
      return { type: 'string', format: 'date-time' };
    case 'quantity':
      return version === 3 ? { oneOf: [{ type: 'string' }, { type: 'number' }] } : { type: 'string' };
    case 'int-or-string':
      return version === 3
        ? { format, oneOf: [{ type: 'integer' }, { type: 'string' }] }
        : { type: 'string', format };
    default:
      return { type: 'string', ...(format && { format }) };
  }
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
