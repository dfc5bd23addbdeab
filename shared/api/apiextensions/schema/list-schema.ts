// How a list of a custom resource may be typed: x-kubernetes-list-type and x-kubernetes-list-map-keys.

import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { itemsOf, type JsonSchemaProps, propertyOf } from '../json-schema.ts';

const listTypes = ['atomic', 'set', 'map'];

export function listSchemaFaults(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const { type, 'x-kubernetes-list-type': listType, 'x-kubernetes-list-map-keys': keys = [] } = schema;
  const place = path.child('x-kubernetes-list-type');
  const found: FieldError[] = [];
  if (listType !== undefined && type !== 'array') {
    const must = 'must be array if x-kubernetes-list-type is specified';
    found.push(
      type ? faults.invalid(path.child('type'), type, must) : faults.required(path.child('type'), must),
    );
  } else if (listType === 'set') found.push(...setFaults(itemsOf(schema), path.child('items')));
  if (listType !== undefined && !listTypes.includes(listType))
    found.push(faults.notSupported(place, listType, listTypes));
  const must = 'must be map if x-kubernetes-list-map-keys is non-empty';
  if (keys.length > 0 && listType === undefined) found.push(faults.required(place, must));
  else if (keys.length > 0 && listType !== 'map') found.push(faults.invalid(place, listType, must));
  if (listType === 'map') found.push(...mapFaults(schema, keys, path));
  return found;
}

/** Items of a set are compared as a whole. */
function setFaults(items: JsonSchemaProps | undefined, path: FieldPath): FieldError[] {
  const must = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const { type, 'x-kubernetes-list-type': listType, 'x-kubernetes-map-type': mapType } = items ?? {};
  if (type === 'array' && listType !== undefined && listType !== 'atomic')
    return [faults.invalid(path.child('x-kubernetes-list-type'), listType, must)];
  // Upstream shows the type of a list here.
  if (type === 'object' && mapType !== 'atomic')
    return [faults.invalid(path.child('x-kubernetes-map-type'), listType ?? 'null', must)];
  return [];
}

function mapFaults(schema: JsonSchemaProps, keys: readonly string[], path: FieldPath): FieldError[] {
  const keysPath = path.child('x-kubernetes-list-map-keys');
  const itemsPath = path.child('items');
  const items = itemsOf(schema);
  const found: FieldError[] = [];
  if (keys.length === 0)
    found.push(faults.required(keysPath, 'must not be empty if x-kubernetes-list-type is map'));
  if (Array.isArray(schema.items)) {
    const detail = 'must only have a single schema if x-kubernetes-list-type is map';
    found.push(faults.invalid(itemsPath, schema.items, detail));
  } else if (!items)
    found.push(faults.required(itemsPath, 'must have a schema if x-kubernetes-list-type is map'));
  if (!items) return found;
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    return [...found, faults.invalid(itemsPath.child('type'), items.type ?? '', detail)];
  }
  for (const [index, key] of keys.entries()) {
    const property = propertyOf(items, key);
    if (!property) found.push(faults.invalid(keysPath, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object') {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      // Upstream shows the type of the item here.
      found.push(faults.invalid(itemsPath.child('properties').key(key).child('type'), items.type, detail));
    }
    if (keys.indexOf(key) < index)
      found.push(faults.invalid(keysPath, keys, 'must not contain duplicate entries'));
  }
  return found;
}

/** What tells items apart must be there in each of them. */
export function keyedListFaults(schema: JsonSchemaProps, path: FieldPath): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const items = itemsOf(schema);
  if (!items || (listType !== 'set' && listType !== 'map')) return [];
  const itemsPath = path.child('items');
  const found: FieldError[] = [];
  if (items.nullable)
    found.push(
      faults.forbidden(
        itemsPath.child('nullable'),
        `cannot be nullable when x-kubernetes-list-type is ${listType}`,
      ),
    );
  for (const key of listType === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : []) {
    const property = propertyOf(items, key);
    if (!property) continue;
    const place = itemsPath.child('properties').key(key);
    const because = 'this property is in x-kubernetes-list-map-keys, so it';
    if (!items.required?.includes(key) && property.default === undefined)
      found.push(
        faults.required(place.child('default'), `${because} must have a default or be a required property`),
      );
    if (property.nullable)
      found.push(faults.forbidden(place.child('nullable'), `${because} cannot be nullable`));
  }
  return found;
}
