// How server-side apply sees a type of the schema: as one value, as fields that have owners of their own, or as items.

import { isRecord } from '../json-object.ts';
import type { FieldType, ObjectType, SchemaSet } from '../schema.ts';
import { keyElement, type PathElement, valueElement } from './path-element.ts';

export type Shape =
  /** A scalar, or an atomic list, map or object: owned as a whole. */
  | { kind: 'leaf' }
  | { kind: 'struct'; fields: Readonly<Record<string, FieldType>>; others: FieldType | undefined }
  | { kind: 'map'; values: FieldType }
  | { kind: 'list'; items: FieldType; keys: readonly ListKey[] | undefined };

/** A key of a list of maps. */
export interface ListKey {
  name: string;
  /** The value of an item that leaves the key out; absent: an item may not. */
  default?: unknown;
}

/** Thrown where a value cannot be of its type, in the words of structured-merge-diff. */
export class TypedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TypedError';
  }
}

const leaf: Shape = { kind: 'leaf' };
/** Of free-form JSON that is an object: its fields have owners of their own, however deep. */
const freeObject: Shape = { kind: 'map', values: { type: 'any' } };

export class Shapes {
  readonly schemas: SchemaSet;
  private readonly known = new WeakMap<FieldType, Shape>();

  constructor(schemas: SchemaSet) {
    this.schemas = schemas;
  }

  /** Of the object that a whole Kind is. */
  root(typeName: string): Shape {
    const { properties, others } = this.schemas.typeNamed(typeName);
    return { kind: 'struct', fields: properties, others };
  }

  /** Free-form JSON is what its values are: fields where all that are there are objects, else one value. */
  at(type: FieldType, ...values: readonly unknown[]): Shape {
    if (type.type !== 'any' || type.mapType) return this.of(type);
    return values.every((value) => value === undefined || isRecord(value)) ? freeObject : leaf;
  }

  /** Of what is known without a value: free-form JSON is one. */
  of(type: FieldType): Shape {
    const known = this.known.get(type);
    if (known) return known;
    const shape = this.work(type);
    this.known.set(type, shape);
    return shape;
  }

  private work(type: FieldType): Shape {
    switch (type.type) {
      case 'ref': {
        const { properties, others, mapType } = this.schemas.typeNamed(type.name);
        return (type.mapType ?? mapType) === 'atomic' ? leaf : { kind: 'struct', fields: properties, others };
      }
      case 'map':
        return type.mapType === 'atomic' ? leaf : { kind: 'map', values: type.values };
      case 'array': {
        const { listType, listMapKeys, items } = type;
        if (listType === 'set') return { kind: 'list', items, keys: undefined };
        if (listType !== 'map' || !listMapKeys) return leaf;
        return { kind: 'list', items, keys: listMapKeys.map((name) => this.keyOf(type, name)) };
      }
      default:
        return leaf;
    }
  }

  /** As upstream's OpenAPI: a required scalar has its zero value as default. */
  private keyOf({ items, keyDefaults }: Extract<FieldType, { type: 'array' }>, name: string): ListKey {
    if (keyDefaults && Object.hasOwn(keyDefaults, name)) return { name, default: keyDefaults[name] };
    if (items.type !== 'ref') return { name };
    const item: ObjectType = this.schemas.typeNamed(items.name);
    if (!item.required.includes(name)) return { name };
    switch (item.properties[name]?.type) {
      case 'string':
        return { name, default: '' };
      case 'integer':
      case 'number':
        return { name, default: 0 };
      case 'boolean':
        return { name, default: false };
      default:
        return { name };
    }
  }
}

/** The type of a field of an object or map; undefined: there is no such field. */
export function typeIn(shape: Shape, name: string): FieldType | undefined {
  if (shape.kind === 'map') return shape.values;
  if (shape.kind === 'struct') return isNamed(shape, name) ? shape.fields[name] : shape.others;
  return undefined;
}

/** Whether it is a field that the struct's type names: not a key of a map. */
export function isNamed(shape: Shape | undefined, name: string): boolean {
  return shape?.kind === 'struct' && Object.hasOwn(shape.fields, name);
}

/** The type of what a step leads to; undefined: it leads nowhere. */
export function typeBelow(shape: Shape, element: PathElement): FieldType | undefined {
  if (element.startsWith('f:')) return typeIn(shape, element.slice(2));
  return shape.kind === 'list' ? shape.items : undefined;
}

/** Which step leads to an item of a set (no keys) or a list of maps. Throws TypedError. */
export function elementOf(keys: readonly ListKey[] | undefined, item: unknown): PathElement {
  if (!keys) return valueElement(setValue(item));
  if (item === null) throw new TypedError('associative list with keys may not have a null element');
  if (!isRecord(item)) throw new TypedError('associative list with keys may not have non-map elements');
  return keyElement(keys.map((key) => [key.name, keyValue(key, item)]));
}

function keyValue(key: ListKey, item: Record<string, unknown>): unknown {
  if (Object.hasOwn(item, key.name)) return item[key.name];
  if ('default' in key) return key.default;
  throw new TypedError(
    `associative list with keys has an element that omits key field ${JSON.stringify(key.name)} (and doesn't have default value)`,
  );
}

function setValue(item: unknown): unknown {
  if (Array.isArray(item)) throw new TypedError('not supported: associative list with lists as elements');
  if (isRecord(item)) throw new TypedError("associative list without keys has an element that's a map type");
  if (item === null || item === undefined)
    throw new TypedError("associative list without keys has an element that's an explicit null");
  return item;
}

/** The fields of an object; of null, and of what is none: nothing. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : noFields;
}

const noFields: Readonly<Record<string, unknown>> = Object.freeze({});

export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Null, or an object, map or list without content. */
export function isHollow(value: unknown): boolean {
  if (value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (!isRecord(value)) return false;
  for (const key in value) if (value[key] !== undefined) return false;
  return true;
}
