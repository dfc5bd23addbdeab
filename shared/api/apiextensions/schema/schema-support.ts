// What of OpenAPI v3 a custom resource's schema may use, and how lists and maps may be typed.

import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, propertyOf, valuesOf } from '../json-schema.ts';
import { patternFault } from './patterns.ts';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const listTypes = ['atomic', 'map', 'set'];

export function supportFaults(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const values = valuesOf(schema);
  const items = itemsOf(schema);
  const each = (schemas: readonly JsonSchemaProps[] | undefined, field: string) =>
    (schemas ?? []).flatMap((inner, index) => supportFaults(inner, path.child(field).index(index)));
  return [
    ...keywordFaults(schema, path),
    ...typeFaults(schema, path),
    ...listFaults(schema, path),
    ...(schema.uniqueItems
      ? [
          faults.forbidden(
            path.child('uniqueItems'),
            'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
          ),
        ]
      : []),
    ...additionalFaults(schema, path),
    ...(values ? supportFaults(values, path.child('additionalProperties')) : []),
    ...Object.entries(schema.properties ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, inner]) => supportFaults(inner, path.child('properties').key(name))),
    ...(schema.not ? supportFaults(schema.not, path.child('not')) : []),
    ...each(schema.allOf, 'allOf'),
    ...each(schema.oneOf, 'oneOf'),
    ...each(schema.anyOf, 'anyOf'),
    ...(items ? supportFaults(items, path.child('items')) : []),
  ];
}

function keywordFaults(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const unsupported = [
    'id',
    'additionalItems',
    'patternProperties',
    'definitions',
    'dependencies',
    '$ref',
  ] as const;
  return [
    ...unsupported
      .filter((field) => schema[field] !== undefined && schema[field] !== '')
      .map((field) => faults.forbidden(path.child(field), `${field} is not supported`)),
    ...(Array.isArray(schema.items)
      ? [faults.forbidden(path.child('items'), 'items must be a schema object and not an array')]
      : []),
    ...(schema['x-kubernetes-preserve-unknown-fields'] === false
      ? [
          faults.invalid(
            path.child('x-kubernetes-preserve-unknown-fields'),
            false,
            'must be true or undefined',
          ),
        ]
      : []),
  ];
}

function typeFaults(
  { type, pattern, 'x-kubernetes-map-type': mapType }: JsonSchemaProps,
  path: FieldPath,
): FieldError[] {
  const found: FieldError[] = [];
  if (type === 'null')
    found.push(
      faults.forbidden(path.child('type'), 'type cannot be set to null, use nullable as an alternative'),
    );
  else if (type && !types.includes(type)) found.push(faults.notSupported(path.child('type'), type, types));
  if (mapType !== undefined) {
    const place = path.child('x-kubernetes-map-type');
    if (mapType !== 'granular' && mapType !== 'atomic')
      found.push(faults.notSupported(place, mapType, ['granular', 'atomic']));
    const must = 'must be object if x-kubernetes-map-type is specified';
    if (!type) found.push(faults.required(path.child('type'), must));
    else if (type !== 'object') found.push(faults.invalid(path.child('type'), type, must));
  }
  const why = pattern === undefined ? undefined : patternFault(pattern);
  if (why !== undefined) {
    const detail = `must be a valid regular expression, but isn't: ${why}`;
    found.push(faults.invalid(path.child('pattern'), pattern, detail));
  }
  return found;
}

function additionalFaults(
  { additionalProperties, properties }: JsonSchemaProps,
  path: FieldPath,
): FieldError[] {
  if (additionalProperties === undefined) return [];
  const place = path.child('additionalProperties');
  const found: FieldError[] = [];
  const hasProperties = Object.keys(properties ?? {}).length > 0;
  if (hasProperties && additionalProperties !== true)
    found.push(faults.forbidden(place, 'additionalProperties and properties are mutual exclusive'));
  if (additionalProperties === false)
    found.push(faults.forbidden(place, 'additionalProperties cannot be set to false'));
  return found;
}

function listFaults(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const place = path.child('x-kubernetes-list-type');
  const found: FieldError[] = [];
  if (listType !== undefined && schema.type !== 'array') {
    const must = 'must be array if x-kubernetes-list-type is specified';
    found.push(
      schema.type
        ? faults.invalid(path.child('type'), schema.type, must)
        : faults.required(path.child('type'), must),
    );
  }
  if (listType !== undefined && !listTypes.includes(listType))
    found.push(faults.notSupported(place, listType, listTypes));
  const must = 'must be map if x-kubernetes-list-map-keys is non-empty';
  if (keys.length > 0 && listType === undefined) found.push(faults.required(place, must));
  else if (keys.length > 0 && listType !== 'map') found.push(faults.invalid(place, listType, must));
  if (listType === 'map') found.push(...mapFaults(schema, keys, path));
  if (listType === 'set') found.push(...setFaults(schema, path));
  return found;
}

function mapFaults(schema: JsonSchemaProps, keys: readonly string[], path: FieldPath): FieldError[] {
  const keysPath = path.child('x-kubernetes-list-map-keys');
  const items = itemsOf(schema);
  const found: FieldError[] = [];
  if (keys.length === 0)
    found.push(faults.required(keysPath, 'must not be empty if x-kubernetes-list-type is map'));
  if (!items) {
    found.push(faults.required(path.child('items'), 'must have a schema if x-kubernetes-list-type is map'));
    return found;
  }
  const parent = "if parent array's x-kubernetes-list-type is map";
  if (items.type !== 'object')
    return [
      ...found,
      faults.invalid(path.child('items', 'type'), items.type ?? '', `must be object ${parent}`),
    ];
  if (items.nullable)
    found.push(
      faults.forbidden(
        path.child('items', 'nullable'),
        'cannot be nullable when x-kubernetes-list-type is map',
      ),
    );
  for (const [index, key] of keys.entries()) {
    if (keys.indexOf(key) < index) {
      found.push(faults.invalid(keysPath.index(index), key, 'must not contain duplicate entries'));
      continue;
    }
    found.push(...keyFaults(items, key, path));
  }
  return found;
}

function keyFaults(items: JsonSchemaProps, key: string, path: FieldPath): FieldError[] {
  const property = propertyOf(items, key);
  const place = path.child('items', 'properties').key(key);
  if (!property) {
    const keysPath = path.child('x-kubernetes-list-map-keys');
    return [faults.invalid(keysPath, key, 'entries must all be names of item properties')];
  }
  const found: FieldError[] = [];
  if (property.type === 'array' || property.type === 'object') {
    const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
    found.push(faults.invalid(place.child('type'), property.type, detail));
  }
  if (property.nullable)
    found.push(
      faults.forbidden(
        place.child('nullable'),
        'this property is in x-kubernetes-list-map-keys, so it cannot be nullable',
      ),
    );
  if (!items.required?.includes(key) && property.default === undefined)
    found.push(
      faults.required(
        place.child('default'),
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      ),
    );
  return found;
}

function setFaults(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const items = itemsOf(schema);
  const must = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  if (!items)
    return [faults.required(path.child('items'), 'must have a schema if x-kubernetes-list-type is set')];
  const found: FieldError[] = [];
  if (items.nullable)
    found.push(
      faults.forbidden(
        path.child('items', 'nullable'),
        'cannot be nullable when x-kubernetes-list-type is set',
      ),
    );
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    found.push(
      faults.invalid(
        path.child('items', 'x-kubernetes-map-type'),
        items['x-kubernetes-map-type'] ?? null,
        must,
      ),
    );
  const listType = items['x-kubernetes-list-type'];
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic')
    found.push(faults.invalid(path.child('items', 'x-kubernetes-list-type'), listType, must));
  return found;
}
