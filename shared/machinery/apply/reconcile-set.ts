// A set that was written when a field was many, read by what the schema says of the field now: one value. The other way
// round nothing is done, as in structured-merge-diff: whoever had the whole has the field alone, and nothing that is in it.

import type { FieldType, ObjectType } from '../schema.ts';
import {
  type FieldNode,
  type FieldPath,
  type FieldSet,
  fieldSetOf,
  recursiveDifference,
  union,
} from './field-set.ts';
import { type Shape, type Shapes, typeBelow } from './shape.ts';

/** Finds, once for each set, where it disagrees with the schema. */
export class Reconciler {
  private readonly shapes: Shapes;
  /** Type → set → the set to read. A type that changes is another object. */
  private readonly known = new WeakMap<ObjectType, WeakMap<FieldSet, FieldSet>>();

  constructor(shapes: Shapes) {
    this.shapes = shapes;
  }

  /** The set as it is to be read; mostly the set itself. */
  reconcile(typeName: string, set: FieldSet): FieldSet {
    const type = this.shapes.schemas.typeNamed(typeName);
    const ofType = this.known.get(type) ?? new WeakMap<FieldSet, FieldSet>();
    this.known.set(type, ofType);
    const known = ofType.get(set);
    if (known) return known;
    const wholes: FieldPath[] = [];
    this.look(this.shapes.root(typeName), set, [], wholes);
    let result = set;
    for (const path of wholes) {
      const whole = fieldSetOf(path);
      result = union(recursiveDifference(result, whole), whole);
    }
    ofType.set(set, result);
    return result;
  }

  private look(shape: Shape, set: FieldSet, above: FieldPath, wholes: FieldPath[]): void {
    for (const [element, node] of set) {
      const type = typeBelow(shape, element);
      if (type) this.lookAt(type, node, [...above, element], wholes);
    }
  }

  private lookAt(type: FieldType, { children }: FieldNode, path: FieldPath, wholes: FieldPath[]): void {
    // What free-form JSON is now says nothing of what it was.
    if (type.type === 'any' || !children) return;
    const shape = this.shapes.of(type);
    if (shape.kind === 'leaf') wholes.push(path);
    else this.look(shape, children, path, wholes);
  }
}
