// Structural schemas (k8s.io/apiextensions-apiserver/pkg/apiserver/schema/validation.go): types stand outside of allOf, anyOf,
// oneOf and not, which may only say more of values; so that pruning and defaulting are unambiguous.

import { deepEqual, type FieldError, type FieldPath, faults, faultText } from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, propertyOf, valuesOf } from '../json-schema.ts';
import { patternFault } from './patterns.ts';

type Level = 'root' | 'field' | 'item';

export function structureFaults(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const found = [...invariants(schema, 'root', path), ...incompleteness(schema, path)];
  return found.sort((one, other) => (faultText(one) < faultText(other) ? -1 : 1));
}

function invariants(schema: JsonSchemaProps, level: Level, path: FieldPath): FieldError[] {
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  return [
    ...(schema.type === 'array' && !items ? [faults.required(path.child('items'), 'must be specified')] : []),
    ...(items ? invariants(items, 'item', path.child('items')) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
      invariants(inner, 'field', path.child('properties').key(name)),
    ),
    ...(schema.additionalProperties !== undefined && level === 'root'
      ? [faults.forbidden(path.child('additionalProperties'), 'must not be used at the root')]
      : []),
    ...(values ? invariants(values, 'field', path.child('additionalProperties')) : []),
    ...intOrStringFaults(schema, path),
    ...patternFaults(schema, path),
    ...nestedFaults(schema, path, intOrStringPattern(schema)),
    ...typeFaults(schema, level, path),
    ...objectFaults(schema, level, path),
  ];
}

function intOrStringFaults(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return [];
  const alone = 'must be false if x-kubernetes-int-or-string is true';
  return [
    ...(schema['x-kubernetes-preserve-unknown-fields']
      ? [faults.invalid(path.child('x-kubernetes-preserve-unknown-fields'), true, alone)]
      : []),
    ...(schema['x-kubernetes-embedded-resource']
      ? [faults.invalid(path.child('x-kubernetes-embedded-resource'), true, alone)]
      : []),
  ];
}

function patternFaults({ pattern }: JsonSchemaProps, path: FieldPath): FieldError[] {
  const why = pattern === undefined ? undefined : patternFault(pattern);
  if (why === undefined) return [];
  return [
    faults.invalid(path.child('pattern'), pattern, `must be a valid regular expression, but isn't: ${why}`),
  ];
}

function typeFaults(schema: JsonSchemaProps, level: Level, path: FieldPath): FieldError[] {
  const { type = '' } = schema;
  const place = path.child('type');
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const found: FieldError[] = [];
  if (embedded && type !== 'object') {
    const must = 'must be object if x-kubernetes-embedded-resource is true';
    found.push(type ? faults.invalid(place, type, must) : faults.required(place, must));
  } else if (
    !type &&
    !schema['x-kubernetes-int-or-string'] &&
    !schema['x-kubernetes-preserve-unknown-fields']
  )
    found.push(faults.required(place, `must not be empty ${emptyWords[level]}`));
  if (embedded && schema.additionalProperties !== undefined)
    found.push(
      faults.forbidden(
        path.child('additionalProperties'),
        'must not be used if x-kubernetes-embedded-resource is set',
      ),
    );
  if (level === 'root' && type && type !== 'object')
    found.push(faults.invalid(place, type, 'must be object at the root'));
  return found;
}

const emptyWords: Readonly<Record<Level, string>> = {
  root: 'at the root',
  item: 'for specified array items',
  field: 'for specified object fields',
};

/** apiVersion, kind and metadata of an object are known: a schema may hardly say more of them. */
function objectFaults(schema: JsonSchemaProps, level: Level, path: FieldPath): FieldError[] {
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const found: FieldError[] = [];
  if (level === 'root' || embedded) {
    for (const name of ['kind', 'apiVersion']) {
      const property = propertyOf(schema, name);
      if (property && property.type !== 'string')
        found.push(
          faults.invalid(
            path.child('properties').key(name).child('type'),
            property.type ?? '',
            'must be string',
          ),
        );
    }
    found.push(...metadataFaults(schema, level, path.child('properties').key('metadata')));
  }
  if (
    embedded &&
    !schema['x-kubernetes-preserve-unknown-fields'] &&
    Object.keys(schema.properties ?? {}).length === 0
  )
    found.push(
      faults.required(
        path.child('properties'),
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    );
  return found;
}

function metadataFaults(schema: JsonSchemaProps, level: Level, path: FieldPath): FieldError[] {
  const metadata = propertyOf(schema, 'metadata');
  if (!metadata) return [];
  const found =
    metadata.type === 'object'
      ? []
      : [faults.invalid(path.child('type'), metadata.type ?? '', 'must be object')];
  if (level !== 'root') return found;
  // That there may be no default is said where defaults are looked at.
  const { properties = {}, type: _, default: __, ...rest } = metadata;
  const others = Object.keys(properties).filter((name) => name !== 'name' && name !== 'generateName');
  if (others.length > 0 || Object.keys(rest).length > 0)
    found.push(
      faults.forbidden(
        path,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    );
  return found;
}

const integerOrString: readonly JsonSchemaProps[] = [{ type: 'integer' }, { type: 'string' }];

type Exception = 'anyOf' | 'allOf' | undefined;

/** The two ways to say `an integer or a string` that are let through. */
function intOrStringPattern(schema: JsonSchemaProps): Exception {
  if (deepEqual(schema.anyOf, integerOrString)) return 'anyOf';
  return deepEqual(schema.allOf?.[0]?.anyOf, integerOrString) ? 'allOf' : undefined;
}

function nestedFaults(schema: JsonSchemaProps, path: FieldPath, exception: Exception): FieldError[] {
  const each = (schemas: readonly JsonSchemaProps[] | undefined, field: string) =>
    (schemas ?? []).flatMap((inner, index) => {
      const inherited = field === 'allOf' && index === 0 && exception === 'allOf' ? 'anyOf' : undefined;
      return forbiddenFaults(inner, path.child(field).index(index), inherited);
    });
  return [
    ...each(schema.allOf, 'allOf'),
    ...(exception === 'anyOf' ? [] : each(schema.anyOf, 'anyOf')),
    ...each(schema.oneOf, 'oneOf'),
    ...(schema.not ? forbiddenFaults(schema.not, path.child('not'), undefined) : []),
  ];
}

const forbiddenFields = {
  type: 'must be empty to be structural',
  additionalProperties: 'must be undefined to be structural',
  title: 'must be empty to be structural',
  description: 'must be empty to be structural',
  default: 'must be undefined to be structural',
  externalDocs: 'must be undefined to be structural',
  nullable: 'must be false to be structural',
  'x-kubernetes-preserve-unknown-fields': 'must be false to be structural',
  'x-kubernetes-embedded-resource': 'must be false to be structural',
  'x-kubernetes-int-or-string': 'must be false to be structural',
  'x-kubernetes-list-map-keys': 'must be empty to be structural',
  'x-kubernetes-list-type': 'must be undefined to be structural',
  'x-kubernetes-map-type': 'must be undefined to be structural',
  'x-kubernetes-validations': 'must be empty to be structural',
} as const satisfies Partial<Record<keyof JsonSchemaProps, string>>;

/** Within allOf and the like only values may be validated. */
function forbiddenFaults(schema: JsonSchemaProps, path: FieldPath, exception: Exception): FieldError[] {
  const items = itemsOf(schema);
  const found = Object.entries(forbiddenFields).flatMap(([field, words]) =>
    Object.hasOwn(schema, field) && !isUnset(Object.entries(schema), field)
      ? [faults.forbidden(path.child(field), words)]
      : [],
  );
  if (propertyOf(schema, 'metadata'))
    found.push(
      faults.forbidden(path.child('properties').key('metadata'), 'must not be specified in a nested context'),
    );
  return [
    ...patternFaults(schema, path),
    ...nestedFaults(schema, path, exception),
    ...(items ? forbiddenFaults(items, path.child('items'), undefined) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
      forbiddenFaults(inner, path.child('properties').key(name), undefined),
    ),
    ...found,
  ];
}

function isUnset(fields: readonly [string, unknown][], field: string): boolean {
  const value = fields.find(([name]) => name === field)?.[1];
  return value === false || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Fields that are validated within allOf and the like must be there in the structure itself. */
function incompleteness(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  return [
    ...alternatives(schema, path).flatMap(([inner, place]) => missing(inner, schema, place, path)),
    ...(items ? incompleteness(items, path.child('items')) : []),
    ...(values ? incompleteness(values, path.child('additionalProperties')) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
      incompleteness(inner, path.child('properties').key(name)),
    ),
  ];
}

function alternatives(schema: JsonSchemaProps, path: FieldPath): [JsonSchemaProps, FieldPath][] {
  const each = (schemas: readonly JsonSchemaProps[] | undefined, field: string) =>
    (schemas ?? []).map((inner, index): [JsonSchemaProps, FieldPath] => [
      inner,
      path.child(field).index(index),
    ]);
  return [
    ...each(schema.allOf, 'allOf'),
    ...each(schema.anyOf, 'anyOf'),
    ...each(schema.oneOf, 'oneOf'),
    ...(schema.not ? [[schema.not, path.child('not')] satisfies [JsonSchemaProps, FieldPath]] : []),
  ];
}

function missing(
  nested: JsonSchemaProps,
  structure: JsonSchemaProps,
  nestedPath: FieldPath,
  path: FieldPath,
): FieldError[] {
  const found: FieldError[] = [];
  const items = itemsOf(nested);
  const because = (place: FieldPath) => `because it is defined in ${place}`;
  if (items) {
    const place = nestedPath.child('items');
    const own = itemsOf(structure);
    if (!own) found.push(faults.required(path.child('items'), because(place)));
    else found.push(...missing(items, own, place, path.child('items')));
  }
  for (const [name, inner] of Object.entries(nested.properties ?? {})) {
    const place = nestedPath.child('properties').key(name);
    const own = propertyOf(structure, name);
    const ownPath = path.child('properties').key(name);
    if (!own) found.push(faults.required(ownPath, because(place)));
    else found.push(...missing(inner, own, place, ownPath));
  }
  for (const [inner, place] of alternatives(nested, nestedPath))
    found.push(...missing(inner, structure, place, path));
  return found;
}
