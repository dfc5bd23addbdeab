// What of OpenAPI v3 a custom resource's schema may use, in the order and words of upstream's
// ValidateCustomResourceDefinitionOpenAPISchema. How lists may be typed: list-schema.ts.

import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { innerSchemasOf, itemsOf, type JsonSchemaProps, valuesOf } from '../json-schema.ts';
import { keyedListFaults, listSchemaFaults } from './list-schema.ts';
import { ruleFormFaults } from './rule-form.ts';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const mapTypes = ['atomic', 'granular'];
const metaFields = ['metadata', 'kind', 'apiVersion'];

/** Where a schema stands. */
interface Place {
  isRoot?: boolean;
  /** Within apiVersion, kind or metadata of an object. */
  insideMeta?: boolean;
  /** Why there may be no default. */
  noDefaults?: string;
}

export function supportFaults(
  schema: JsonSchemaProps,
  path: FieldPath,
  place: Place = { isRoot: true },
): FieldError[] {
  const { isRoot, ...below } = place;
  const values = valuesOf(schema);
  const items = itemsOf(schema);
  const each = (schemas: readonly JsonSchemaProps[] | undefined, field: string) =>
    (schemas ?? []).flatMap((inner, index) => supportFaults(inner, path.child(field).index(index), below));
  return [
    ...standardFaults(schema, path, place),
    ...(schema.uniqueItems
      ? [
          faults.forbidden(
            path.child('uniqueItems'),
            'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
          ),
        ]
      : []),
    ...additionalFaults(schema, path),
    ...(values ? supportFaults(values, path.child('additionalProperties'), valuesPlace(below)) : []),
    ...Object.entries(schema.properties ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, inner]) =>
        supportFaults(inner, path.child('properties').key(name), propertyPlace(name, schema, place)),
      ),
    ...(schema.not ? supportFaults(schema.not, path.child('not'), below) : []),
    ...each(schema.allOf, 'allOf'),
    ...each(schema.oneOf, 'oneOf'),
    ...each(schema.anyOf, 'anyOf'),
    ...(items ? supportFaults(items, path.child('items'), below) : []),
    ...extensionFaults(schema, path),
    ...listSchemaFaults(schema, path),
    ...keyedListFaults(schema, path),
    ...ruleFormFaults(schema, path),
  ];
}

function valuesPlace(below: Place): Place {
  return below.insideMeta
    ? { ...below, noDefaults: 'inside additionalProperties applying to object metadata' }
    : below;
}

function propertyPlace(name: string, schema: JsonSchemaProps, { isRoot, ...below }: Place): Place {
  const isMeta = metaFields.includes(name) && (isRoot || schema['x-kubernetes-embedded-resource'] === true);
  if (!isMeta) return below;
  return { ...below, insideMeta: true, ...(isRoot && { noDefaults: `in top-level ${name}` }) };
}

const unsupported = [
  'id',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
  '$ref',
] as const;

function standardFaults(schema: JsonSchemaProps, path: FieldPath, place: Place): FieldError[] {
  const { type } = schema;
  const found: FieldError[] = [];
  if (type && !types.includes(type)) found.push(faults.notSupported(path.child('type'), type, types));
  if (schema.default !== undefined && place.noDefaults)
    found.push(faults.forbidden(path.child('default'), `must not be set ${place.noDefaults}`));
  for (const field of unsupported)
    if (hasField(schema, field)) found.push(faults.forbidden(path.child(field), `${field} is not supported`));
  if (type === 'null')
    found.push(
      faults.forbidden(path.child('type'), 'type cannot be set to null, use nullable as an alternative'),
    );
  if (Array.isArray(schema.items))
    found.push(faults.forbidden(path.child('items'), 'items must be a schema object and not an array'));
  if (place.insideMeta && schema['x-kubernetes-embedded-resource'])
    found.push(
      faults.forbidden(
        path.child('x-kubernetes-embedded-resource'),
        'must not be used inside of resource meta',
      ),
    );
  return found;
}

function hasField(schema: JsonSchemaProps, field: (typeof unsupported)[number]): boolean {
  const value: unknown = schema[field];
  return value !== undefined && value !== '';
}

/** Whether a structural schema could be made of it at all (upstream's NewStructural). */
export function isExpressible(schema: JsonSchemaProps): boolean {
  if (unsupported.some((field) => hasField(schema, field))) return false;
  if (schema.type === 'null' || Array.isArray(schema.items)) return false;
  return innerSchemasOf(schema).every(isExpressible);
}

function additionalFaults(
  { additionalProperties, properties }: JsonSchemaProps,
  path: FieldPath,
): FieldError[] {
  if (additionalProperties === undefined || additionalProperties === true) return [];
  return Object.keys(properties ?? {}).length > 0
    ? [
        faults.forbidden(
          path.child('additionalProperties'),
          'additionalProperties and properties are mutual exclusive',
        ),
      ]
    : [];
}

function extensionFaults(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const { type, 'x-kubernetes-map-type': mapType } = schema;
  const preserving = 'x-kubernetes-preserve-unknown-fields';
  const must = 'must be object if x-kubernetes-map-type is specified';
  const found: FieldError[] = [];
  if (schema[preserving] === false)
    found.push(faults.invalid(path.child(preserving), false, 'must be true or undefined'));
  if (mapType === undefined) return found;
  if (!type) found.push(faults.required(path.child('type'), must));
  else if (type !== 'object') found.push(faults.invalid(path.child('type'), type, must));
  if (!mapTypes.includes(mapType))
    found.push(faults.notSupported(path.child('x-kubernetes-map-type'), mapType, mapTypes));
  return found;
}
