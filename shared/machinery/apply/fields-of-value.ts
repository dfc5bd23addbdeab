// Which fields an object has: as an applied configuration claims them, and as a comparison names what was added.

import type { FieldType } from '../schema.ts';
import { emptySet, type FieldNode, type FieldSet, leafNode } from './field-set.ts';
import { itemsByElement } from './list-items.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import { fieldsOf, isHollow, isNamed, itemsOf, type Shape, type Shapes, typeIn } from './shape.ts';

/** The fields that an object sets: leaves and items of lists and maps, not the structs on the way. Throws TypedError. */
export function claimedFields(shapes: Shapes, typeName: string, object: unknown): FieldSet {
  return childrenOf(shapes, shapes.root(typeName), object, isClaimed) ?? emptySet;
}

/** A value with everything in it, as what is added (or removed) as a whole. Throws TypedError. */
export function wholeNode(shapes: Shapes, type: FieldType, value: unknown): FieldNode {
  const children = childrenOf(shapes, shapes.at(type, value), value, always);
  return children ? { member: true, children } : leafNode;
}

/** Whether what a field of that shape holds makes the field itself a member. */
type IsMember = (named: boolean, shape: Shape, value: unknown) => boolean;

const always: IsMember = () => true;

/** A field of a struct that holds more fields is not claimed, unless there are none in it: then it is the leaf. */
const isClaimed: IsMember = (named, shape, value) =>
  !named || shape.kind === 'leaf' || value === null || (!Array.isArray(value) && isHollow(value));

function childrenOf(shapes: Shapes, shape: Shape, value: unknown, isMember: IsMember): FieldSet | undefined {
  switch (shape.kind) {
    case 'leaf':
      return undefined;
    case 'list':
      return itemNodes(shapes, shape, itemsOf(value), isMember);
    default:
      return fieldNodes(shapes, shape, fieldsOf(value), isMember);
  }
}

function fieldNodes(
  shapes: Shapes,
  owner: Shape,
  fields: Readonly<Record<string, unknown>>,
  isMember: IsMember,
): FieldSet | undefined {
  let result: Map<PathElement, FieldNode> | undefined;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    const type = typeIn(owner, name);
    if (value === undefined || !type) continue;
    const shape = shapes.at(type, value);
    const children = childrenOf(shapes, shape, value, isMember);
    const member = isMember(isNamed(owner, name), shape, value);
    if (!member && !children) continue;
    result ??= new Map();
    result.set(fieldElement(name), children ? { member, children } : leafNode);
  }
  return result;
}

function itemNodes(
  shapes: Shapes,
  owner: Extract<Shape, { kind: 'list' }>,
  items: readonly unknown[],
  isMember: IsMember,
): FieldSet | undefined {
  if (items.length === 0) return undefined;
  const result = new Map<PathElement, FieldNode>();
  for (const [element, same] of itemsByElement(owner.keys, items)) {
    // Whose the fields of a duplicate are cannot be said: the item is owned as a whole.
    const shape = same.length === 1 ? shapes.at(owner.items, same[0]) : undefined;
    const children = shape && childrenOf(shapes, shape, same[0], isMember);
    result.set(element, children ? { member: true, children } : leafNode);
  }
  return result;
}
