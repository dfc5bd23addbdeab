// Defaults must fit the schema that they stand in, and hold nothing that would be pruned.

import { type FieldError, FieldPath, faults, mutableCopy } from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, valuesOf } from '../json-schema.ts';
import { fillDefaults } from './defaulting.ts';
import { listTypeFaults } from './list-types.ts';
import { pruneValue } from './pruning.ts';
import { validateValue } from './value-validation.ts';

/** Makes what asks the rules of a schema about a value. */
type Rules = (schema: JsonSchemaProps, isObject: boolean) => (value: unknown) => FieldError[];

/** What an embedded object has without its schema saying so. */
const ofObjects = ['apiVersion', 'kind', 'metadata'];

/** `rules`: absent where the schema has none. `inMeta`: it is of the apiVersion, kind or metadata of an embedded object. */
export function defaultsFaults(
  schema: JsonSchemaProps,
  path: FieldPath,
  rules?: Rules,
  inMeta = false,
): FieldError[] {
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  const isObject = schema['x-kubernetes-embedded-resource'] === true;
  return [
    ...(schema.default === undefined ? [] : defaultFaults(schema, path.child('default'), rules, inMeta)),
    ...(items ? defaultsFaults(items, path.child('items'), rules, inMeta) : []),
    ...(values ? defaultsFaults(values, path.child('additionalProperties'), rules, inMeta) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
      defaultsFaults(
        inner,
        path.child('properties').key(name),
        rules,
        inMeta || (isObject && ofObjects.includes(name)),
      ),
    ),
  ];
}

/** What metadata do not have is taken out of them whenever an object is read: there it may stand in a default. */
function defaultFaults(
  schema: JsonSchemaProps,
  path: FieldPath,
  rules: Rules | undefined,
  inMeta: boolean,
): FieldError[] {
  const value = mutableCopy(schema.default);
  if (!inMeta && pruneValue(value, schema).length > 0)
    return [faults.invalid(path, schema.default, 'must not have unknown fields')];
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
