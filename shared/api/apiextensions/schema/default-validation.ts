// Defaults must fit the schema that they stand in, and hold nothing that would be pruned.

import { type FieldError, FieldPath, faults, mutableCopy, type SchemaSet } from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, valuesOf } from '../json-schema.ts';
import { fillDefaults } from './defaulting.ts';
import {
  type EmbeddedPlace,
  metadataDefaultFaults,
  objectDefaultFaults,
  placeWithin,
} from './embedded-defaults.ts';
import { listTypeFaults } from './list-types.ts';
import { pruneValue } from './pruning.ts';
import { validateValue } from './value-validation.ts';

/** Makes what asks the rules of a schema about a value. */
type Rules = (schema: JsonSchemaProps, isObject: boolean) => (value: unknown) => FieldError[];

export interface DefaultChecks {
  schemas: SchemaSet;
  /** Absent where the schema has none. */
  rules: Rules | undefined;
}

/** `place`: where it is one of the apiVersion, kind or metadata of an embedded object. */
export function defaultsFaults(
  schema: JsonSchemaProps,
  path: FieldPath,
  checks: DefaultChecks,
  place?: EmbeddedPlace,
): FieldError[] {
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  const item = place && { ...place, path: [...place.path, '[]'] };
  return [
    ...(schema.default === undefined ? [] : defaultFaults(schema, path.child('default'), checks, place)),
    ...(items ? defaultsFaults(items, path.child('items'), checks, item) : []),
    ...(values ? defaultsFaults(values, path.child('additionalProperties'), checks) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
      defaultsFaults(inner, path.child('properties').key(name), checks, placeWithin(schema, name, place)),
    ),
  ];
}

/** What metadata do not have is taken out of a default for them when it is served: there it may stand. */
function defaultFaults(
  schema: JsonSchemaProps,
  path: FieldPath,
  { schemas, rules }: DefaultChecks,
  place: EmbeddedPlace | undefined,
): FieldError[] {
  const value = mutableCopy(schema.default);
  if (!place && pruneValue(value, schema).length > 0)
    return [faults.invalid(path, schema.default, 'must not have unknown fields')];
  const ofObjects = place
    ? metadataDefaultFaults(schema.default, place, schemas, path)
    : objectDefaultFaults(schema.default, schema, schemas, path);
  if (ofObjects.length > 0) return ofObjects;
  fillDefaults(value, schema);
  const found = validateValue(value, schema);
  if (found.length === 0 && rules)
    found.push(...rules(schema, schema['x-kubernetes-embedded-resource'] === true)(value));
  return [
    ...found.map(({ field, ...fault }) => ({ ...fault, field: within(path, field) })),
    ...listTypeFaults(value, schema, path),
  ];
}

function within(path: FieldPath, field: string): string {
  return field === '<nil>' ? path.toString() : new FieldPath(path.toString()).child(field).toString();
}
