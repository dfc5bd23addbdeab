// The items of a list by the steps that lead to them. Lists that were stored before their keys were may have duplicates.

import type { PathElement } from './path-element.ts';
import { elementOf, type ListKey, TypedError } from './shape.ts';

/** The steps of a list's items, one for each item, in order. Throws TypedError. */
export function elementsOf(keys: readonly ListKey[] | undefined, items: readonly unknown[]): PathElement[] {
  return items.map((item, index) => {
    try {
      return elementOf(keys, item);
    } catch (error) {
      if (error instanceof TypedError) throw new TypedError(`element ${index}: ${error.message}`);
      throw error;
    }
  });
}

/** step → its items, in order of the first of each. More than one: duplicates. Throws TypedError. */
export function itemsByElement(
  keys: readonly ListKey[] | undefined,
  items: readonly unknown[],
): Map<PathElement, unknown[]> {
  const result = new Map<PathElement, unknown[]>();
  for (const [index, element] of elementsOf(keys, items).entries()) {
    const same = result.get(element);
    if (same) same.push(items[index]);
    else result.set(element, [items[index]]);
  }
  return result;
}
