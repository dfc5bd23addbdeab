// Takes fields and items out of an object.

import { type JsonObject, setField } from '../json-object.ts';
import type { FieldType } from '../schema.ts';
import { type FieldNode, type FieldSet, isEmptySet } from './field-set.ts';
import { elementsOf } from './list-items.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import { fieldsOf, itemsOf, type Shape, type Shapes, typeIn } from './shape.ts';

/**
 * The object without the fields and items of the set. A list or map that has lost its last item stays, as null.
 * What is not touched is shared. Throws TypedError.
 */
export function removeFields(
  shapes: Shapes,
  typeName: string,
  object: JsonObject,
  fields: FieldSet,
): JsonObject {
  if (isEmptySet(fields)) return object;
  return withoutFields(shapes, shapes.root(typeName), object, fields) ?? {};
}

function without(shapes: Shapes, type: FieldType, value: unknown, fields: FieldSet): unknown {
  const shape = shapes.at(type, value);
  switch (shape.kind) {
    case 'leaf':
      return value;
    case 'list':
      return withoutItems(shapes, shape, itemsOf(value), fields);
    default:
      return withoutFields(shapes, shape, value, fields) ?? null;
  }
}

function withoutFields(
  shapes: Shapes,
  shape: Shape,
  value: unknown,
  removed: FieldSet,
): JsonObject | undefined {
  const fields = fieldsOf(value);
  const result: JsonObject = {};
  for (const name of Object.keys(fields)) {
    const node = removed.get(fieldElement(name));
    if (node?.member) continue;
    const type = typeIn(shape, name);
    const below = childrenIn(node);
    setField(result, name, type && below ? without(shapes, type, fields[name], below) : fields[name]);
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

function withoutItems(
  shapes: Shapes,
  { items: type, keys }: Extract<Shape, { kind: 'list' }>,
  items: readonly unknown[],
  removed: FieldSet,
): unknown[] | null {
  const elements: PathElement[] = elementsOf(keys, items);
  const result: unknown[] = [];
  for (const [index, element] of elements.entries()) {
    const node = removed.get(element);
    if (node?.member) continue;
    const below = childrenIn(node);
    result.push(below ? without(shapes, type, items[index], below) : items[index]);
  }
  return result.length > 0 ? result : null;
}

function childrenIn(node: FieldNode | undefined): FieldSet | undefined {
  return node?.children;
}
