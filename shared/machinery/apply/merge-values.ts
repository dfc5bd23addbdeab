// Puts an applied configuration onto a live object, by the schema: nothing is removed, leaves are replaced, items are
// matched by their keys. Parts that only one side has are shared with it, not copied.

import { type JsonObject, ownField, setField } from '../json-object.ts';
import type { FieldType } from '../schema.ts';
import { elementsOf } from './list-items.ts';
import type { PathElement } from './path-element.ts';
import {
  fieldsOf,
  isHollow,
  itemsOf,
  type ListKey,
  type Shape,
  type Shapes,
  TypedError,
  typeIn,
} from './shape.ts';

/** Throws TypedError for items without keys, and for duplicates in the configuration. */
export function mergeValues(shapes: Shapes, typeName: string, live: unknown, config: unknown): JsonObject {
  return mergeFields(shapes, shapes.root(typeName), live, config);
}

function merge(shapes: Shapes, type: FieldType, live: unknown, config: unknown): unknown {
  if (config === undefined) return live;
  const shape = shapes.at(type, live, config);
  if (live === undefined || shape.kind === 'leaf') return config;
  if (isHollow(live) && isHollow(config)) return config;
  return shape.kind === 'list'
    ? mergeItems(shapes, shape, itemsOf(live), itemsOf(config))
    : mergeFields(shapes, shape, live, config);
}

function mergeFields(shapes: Shapes, shape: Shape, live: unknown, config: unknown): JsonObject {
  const [before, wanted] = [fieldsOf(live), fieldsOf(config)];
  const result: JsonObject = {};
  for (const name of Object.keys(before)) {
    const type = typeIn(shape, name);
    const value = before[name];
    const merged = type ? merge(shapes, type, value, ownField(wanted, name)) : value;
    if (merged !== undefined) setField(result, name, merged);
  }
  for (const name of Object.keys(wanted)) {
    if (!Object.hasOwn(before, name)) setField(result, name, wanted[name]);
  }
  return result;
}

function mergeItems(
  shapes: Shapes,
  { items: type, keys }: Extract<Shape, { kind: 'list' }>,
  live: readonly unknown[],
  config: readonly unknown[],
): unknown[] {
  const wanted = uniqueItems(keys, config);
  const liveElements = elementsOf(keys, live);
  const there = liveItems(liveElements, live);
  const merged = (element: PathElement) => merge(shapes, type, there.get(element), wanted.get(element));
  return mergedOrder(liveElements, [...wanted.keys()]).map((place) =>
    typeof place === 'number' ? live[place] : merged(place),
  );
}

/**
 * In which order the items come: live ones (by their index) where the configuration does not name them, and the
 * configuration's in its own order, each at the earliest place that keeps both orders.
 */
function mergedOrder(live: readonly PathElement[], wanted: readonly PathElement[]): (number | PathElement)[] {
  const result: (number | PathElement)[] = [];
  const [liveSet, wantedSet] = [new Set(live), new Set(wanted)];
  const shared = wanted.filter((element) => liveSet.has(element));
  const placed = new Set<PathElement>();
  let next = 0;
  let at = 0;
  const place = (element: PathElement) => {
    placed.add(element);
    result.push(element);
    next += 1;
  };
  const passShared = (element: PathElement) => {
    if (shared[0] === element) shared.shift();
  };
  while (at < live.length || next < wanted.length) {
    const [ours, theirs] = [live[at], wanted[next]];
    if (ours !== undefined && theirs !== undefined) {
      if (ours === theirs) {
        place(theirs);
        passShared(theirs);
        at += 1;
        continue;
      }
      // Named, but not the next that both have: it comes later, at the configuration's place.
      if (wantedSet.has(ours) && shared[0] !== undefined && shared[0] !== ours) {
        at += 1;
        continue;
      }
    }
    if (ours !== undefined && (!wantedSet.has(ours) || placed.has(ours))) {
      if (!wantedSet.has(ours)) result.push(at);
      at += 1;
    } else if (theirs !== undefined) {
      place(theirs);
      passShared(theirs);
    } else at += 1;
  }
  return result;
}

/** What of the live items can be merged: duplicates are replaced. */
function liveItems(elements: readonly PathElement[], live: readonly unknown[]): Map<PathElement, unknown> {
  const result = new Map<PathElement, unknown>();
  for (const [index, element] of elements.entries()) {
    result.set(element, result.has(element) ? undefined : live[index]);
  }
  return result;
}

function uniqueItems(
  keys: readonly ListKey[] | undefined,
  items: readonly unknown[],
): Map<PathElement, unknown> {
  const elements = elementsOf(keys, items);
  const result = new Map(elements.map((element, index) => [element, items[index]]));
  if (result.size < items.length) throw new TypedError('duplicate entries in an applied list');
  return result;
}
