// Fields of structs are not in the sets of those who own what is in them; where fields are pruned, they count as if they were.

import type { FieldNode, FieldSet } from './field-set.ts';
import type { PathElement } from './path-element.ts';
import { isNamed, type Shape, type Shapes, typeBelow } from './shape.ts';

/** The set with every struct field on the way to one of its members; not with the lists, maps' keys and items there. */
export function withNamedFields(shapes: Shapes, typeName: string, set: FieldSet): FieldSet {
  return named(shapes, shapes.root(typeName), set);
}

function named(shapes: Shapes, shape: Shape | undefined, set: FieldSet): FieldSet {
  const result = new Map<PathElement, FieldNode>();
  for (const [element, node] of set) {
    if (!node.children) {
      result.set(element, node);
      continue;
    }
    const type = shape && typeBelow(shape, element);
    const children = named(shapes, type && shapes.of(type), node.children);
    const member = node.member || (element.startsWith('f:') && isNamed(shape, element.slice(2)));
    result.set(element, { member, children });
  }
  return result;
}
