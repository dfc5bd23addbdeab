// A set that was written when a field was one value, or when it was many, read by what the schema says of the field now;
// and an empty object that somebody owns, in which others have put fields since: all of them are the owner's too.

import type { FieldType, ObjectType } from '../schema.ts';
import {
  type FieldNode,
  type FieldPath,
  type FieldSet,
  FieldSetBuilder,
  fieldSetOf,
  recursiveDifference,
  union,
} from './field-set.ts';
import { claimedNode } from './fields-of-value.ts';
import { itemsByElement } from './list-items.ts';
import type { PathElement } from './path-element.ts';
import { fieldsOf, isHollow, itemsOf, type Shape, type Shapes, typeBelow } from './shape.ts';

/** Finds, once for each set, where it may disagree with the schema. */
export class Reconciler {
  private readonly shapes: Shapes;
  /** Type → set → the places to look at. A type that changes is another object. */
  private readonly doubts = new WeakMap<ObjectType, WeakMap<FieldSet, readonly Doubt[]>>();

  constructor(shapes: Shapes) {
    this.shapes = shapes;
  }

  /** The set as it is to be read for the live object; mostly the set itself. Throws TypedError. */
  reconcile(typeName: string, set: FieldSet, live: unknown): FieldSet {
    let result = set;
    for (const doubt of this.doubtsOf(typeName, set)) {
      if (!doubt.granular) {
        const whole = fieldSetOf(doubt.path);
        result = union(recursiveDifference(result, whole), whole);
        continue;
      }
      const found = this.valueAt(this.shapes.root(typeName), live, doubt.path);
      if (!found || isHollow(found.value)) continue;
      const builder = new FieldSetBuilder();
      builder.put(doubt.path, claimedNode(this.shapes, found.type, found.value));
      result = union(result, builder.build());
    }
    return result;
  }

  private doubtsOf(typeName: string, set: FieldSet): readonly Doubt[] {
    const type = this.shapes.schemas.typeNamed(typeName);
    const ofType = this.doubts.get(type) ?? new WeakMap<FieldSet, readonly Doubt[]>();
    this.doubts.set(type, ofType);
    const known = ofType.get(set);
    if (known) return known;
    const found: Doubt[] = [];
    this.look(this.shapes.root(typeName), set, [], found);
    ofType.set(set, found);
    return found;
  }

  private look(shape: Shape, set: FieldSet, above: FieldPath, found: Doubt[]): void {
    for (const [element, node] of set) {
      const type = typeBelow(shape, element);
      if (type) this.lookAt(type, node, [...above, element], found);
    }
  }

  private lookAt(type: FieldType, { children }: FieldNode, path: FieldPath, found: Doubt[]): void {
    // What free-form JSON is now says nothing of what it was.
    if (type.type === 'any') return;
    const shape = this.shapes.of(type);
    const granular = shape.kind !== 'leaf';
    if (granular && children) this.look(shape, children, path, found);
    else if (granular || children) found.push({ path, granular });
  }

  private valueAt(
    root: Shape,
    live: unknown,
    path: FieldPath,
  ): { type: FieldType; value: unknown } | undefined {
    let [shape, value] = [root, live];
    let type: FieldType | undefined;
    for (const element of path) {
      type = typeBelow(shape, element);
      if (!type) return undefined;
      value = valueBelow(shape, element, value);
      if (value === undefined) return undefined;
      shape = this.shapes.of(type);
    }
    return type && { type, value };
  }
}

/** A field that is many now and one in the set (`granular`), or the other way round. */
interface Doubt {
  path: FieldPath;
  granular: boolean;
}

function valueBelow(shape: Shape, element: PathElement, value: unknown): unknown {
  if (shape.kind === 'list') return itemsByElement(shape.keys, itemsOf(value)).get(element)?.[0];
  const fields = fieldsOf(value);
  const name = element.slice(2);
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}
