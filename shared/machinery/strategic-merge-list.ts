// Lists in a strategic merge patch: what their items are, and in which order a merged list comes out.

import { ApiError } from './errors.ts';
import { goText } from './go-text.ts';
import { isRecord, type JsonObject, ownField } from './json-object.ts';

export const directive = '$patch';

/** The field that tells items apart; undefined for lists of scalars. */
export type MergeKey = string | undefined;

/** A patch that cannot be carried out, with upstream's message. */
export function badPatch(message: string): ApiError {
  return new ApiError('Invalid', message);
}

/** What a patch's map means where the original has none: no nulls, no directives. Undefined for `$patch: delete`. */
export function settled(patch: JsonObject): JsonObject | undefined {
  if (ownField(patch, directive) === 'delete') return undefined;
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || isDirective(key)) continue;
    const field = isRecord(value) ? settled(value) : settledList(value);
    if (field !== undefined) result[key] = field;
  }
  return result;
}

function isDirective(key: string): boolean {
  return (
    key === directive || key === '$retainKeys' || /^\$(setElementOrder|deleteFromPrimitiveList)\//.test(key)
  );
}

function settledList(value: unknown): unknown {
  return Array.isArray(value) ? settledItems(value) : value;
}

/** The items of a patch's list that are not directives. */
export function settledItems(items: readonly unknown[]): unknown[] {
  return items.flatMap((item) => {
    if (!isRecord(item)) return [settledList(item)];
    return Object.hasOwn(item, directive) ? [] : [settled(item)];
  });
}

/** Lists that merge hold maps only or scalars only. */
export function elementKind(...lists: (readonly unknown[])[]): 'map' | 'scalar' {
  const kinds = new Set(lists.flat().map(kindOf));
  if (kinds.has('list')) throw badPatch('lists of lists are not supported');
  if (kinds.size > 1) throw badPatch(`list element types are not identical: ${goText(lists)}`);
  return kinds.has('map') ? 'map' : 'scalar';
}

function kindOf(item: unknown): string {
  if (Array.isArray(item)) return 'list';
  return isRecord(item) ? 'map' : typeof item;
}

export function distinct(items: readonly unknown[]): unknown[] {
  return [...new Set(items)];
}

function idOf(item: unknown, mergeKey: MergeKey): unknown {
  return mergeKey !== undefined && isRecord(item) ? ownField(item, mergeKey) : item;
}

/** Where each id stands first. */
export function positions(items: readonly unknown[], mergeKey: MergeKey): Map<unknown, number> {
  const found = new Map<unknown, number>();
  items.forEach((item, position) => {
    const id = idOf(item, mergeKey);
    if (!found.has(id)) found.set(id, position);
  });
  return found;
}

/**
 * `merged`, ordered as upstream does: the items that `patchOrder` names in its order, the others in the order of the
 * original. Where the original knows both, its order decides who comes first, else the patch's item does.
 */
export function inOrder<T>(
  merged: readonly T[],
  patchOrder: readonly unknown[],
  originalOrder: readonly unknown[],
  mergeKey: MergeKey,
): T[] {
  const inPatch = positions(patchOrder, mergeKey);
  const inOriginal = positions(originalOrder, mergeKey);
  const patched = sortedBy(
    inPatch,
    mergeKey,
    merged.filter((item) => inPatch.has(idOf(item, mergeKey))),
  );
  const others = sortedBy(
    inOriginal,
    mergeKey,
    merged.filter((item) => !inPatch.has(idOf(item, mergeKey))),
  );
  const result: T[] = [];
  let placed = 0;
  for (const item of patched) {
    const position = inOriginal.get(idOf(item, mergeKey));
    for (let next = others[placed]; next !== undefined && position !== undefined; next = others[placed]) {
      const before = inOriginal.get(idOf(next, mergeKey));
      if (before === undefined || before >= position) break;
      result.push(next);
      placed += 1;
    }
    result.push(item);
  }
  return [...result, ...others.slice(placed)];
}

function sortedBy<T>(order: ReadonlyMap<unknown, number>, mergeKey: MergeKey, items: T[]): T[] {
  const place = (item: T) => order.get(idOf(item, mergeKey)) ?? Number.MAX_SAFE_INTEGER;
  return items.sort((a, b) => place(a) - place(b));
}

/** The items of the patch must stand in `order`, in that order; deleted ones need not. */
export function checkOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: MergeKey): void {
  const kept = patch.filter((item) => !isRecord(item) || !Object.hasOwn(item, directive));
  let next = 0;
  for (const entry of order) {
    if (next < kept.length && idOf(kept[next], mergeKey) === idOf(entry, mergeKey)) next += 1;
  }
  if (next === kept.length) return;
  throw badPatch(
    `The order in patch list:\n${goText(patch)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
  );
}
