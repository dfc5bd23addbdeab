// What became different between two objects of a type, field by field.

import { deepEqual } from '../deep-equal.ts';
import type { FieldType } from '../schema.ts';
import { type FieldSet, FieldSetBuilder, recursiveDifference } from './field-set.ts';
import { wholeNode } from './fields-of-value.ts';
import { itemsByElement } from './list-items.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import { fieldsOf, isHollow, itemsOf, type Shape, type Shapes, typeIn } from './shape.ts';

/** No field is in more than one of the sets. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Throws TypedError for a list whose items have no keys. */
export function compareFields(shapes: Shapes, typeName: string, before: unknown, after: unknown): Comparison {
  const walk = new Walk(shapes);
  walk.children(shapes.root(typeName), before, after);
  return {
    added: walk.added.build(),
    modified: walk.modified.build(),
    removed: walk.removed.build(),
  };
}

/** The comparison without fields that are not the writer's to change, nor what is in them. */
export function exceptFields(comparison: Comparison, ignored: FieldSet): Comparison {
  if (ignored.size === 0) return comparison;
  return {
    added: recursiveDifference(comparison.added, ignored),
    modified: recursiveDifference(comparison.modified, ignored),
    removed: recursiveDifference(comparison.removed, ignored),
  };
}

export function isSame({ added, modified, removed }: Comparison): boolean {
  return added.size === 0 && modified.size === 0 && removed.size === 0;
}

class Walk {
  readonly added = new FieldSetBuilder();
  readonly modified = new FieldSetBuilder();
  readonly removed = new FieldSetBuilder();
  private readonly shapes: Shapes;
  private readonly path: PathElement[] = [];

  constructor(shapes: Shapes) {
    this.shapes = shapes;
  }

  /** One field, where it is present on at least one side (absent: undefined). */
  private field(type: FieldType, element: PathElement, before: unknown, after: unknown): void {
    if (before === after) return;
    this.path.push(element);
    if (before === undefined) this.added.put(this.path, wholeNode(this.shapes, type, after));
    else if (after === undefined) this.removed.put(this.path, wholeNode(this.shapes, type, before));
    else this.both(type, before, after);
    this.path.pop();
  }

  private both(type: FieldType, before: unknown, after: unknown): void {
    const shape = this.shapes.at(type, before, after);
    // Nothing in either is a leaf too: null is not the same as an empty list.
    if (shape.kind !== 'leaf' && !(isHollow(before) && isHollow(after))) this.children(shape, before, after);
    else if (!deepEqual(before, after)) this.modified.add(this.path);
  }

  children(shape: Shape, before: unknown, after: unknown): void {
    if (shape.kind === 'list') this.items(shape, itemsOf(before), itemsOf(after));
    else this.fields(shape, fieldsOf(before), fieldsOf(after));
  }

  private fields(
    shape: Shape,
    before: Readonly<Record<string, unknown>>,
    after: Readonly<Record<string, unknown>>,
  ): void {
    for (const name of Object.keys(after)) {
      const type = typeIn(shape, name);
      if (type) this.field(type, fieldElement(name), own(before, name), after[name]);
    }
    for (const name of Object.keys(before)) {
      if (own(after, name) !== undefined) continue;
      const type = typeIn(shape, name);
      if (type) this.field(type, fieldElement(name), before[name], undefined);
    }
  }

  private items(
    { items, keys }: Extract<Shape, { kind: 'list' }>,
    before: readonly unknown[],
    after: readonly unknown[],
  ): void {
    const left = itemsByElement(keys, before);
    const right = itemsByElement(keys, after);
    for (const [element, now] of right) this.item(items, element, left.get(element), now);
    for (const [element, was] of left) {
      if (!right.has(element)) this.item(items, element, was, undefined);
    }
  }

  private item(
    type: FieldType,
    element: PathElement,
    before: readonly unknown[] | undefined,
    after: readonly unknown[] | undefined,
  ): void {
    if ((before?.length ?? 1) === 1 && (after?.length ?? 1) === 1) {
      this.field(type, element, before?.[0], after?.[0]);
      return;
    }
    const path = [...this.path, element];
    if (!before) this.added.add(path);
    else if (!after) this.removed.add(path);
    else if (!deepEqual(before, after)) this.modified.add(path);
  }
}

function own(fields: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}
