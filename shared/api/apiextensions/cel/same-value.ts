// Equality of CEL's values: numbers by their amount, times by their moment, maps and lists by what is in them.

import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { inOrderOf } from './keyed-list.ts';
import { mapOf } from './map-of.ts';

export function sameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  // Across their two types: 1 is 1.0.
  const [left, right] = [amountOf(one), amountOf(other)];
  if (left !== undefined && right !== undefined) return left <= right && left >= right;
  if (Array.isArray(one)) return Array.isArray(other) && sameItems(one, other);
  const [map, otherMap] = [mapOf(one), mapOf(other)];
  if (map || otherMap) return map !== undefined && otherMap !== undefined && sameFields(map, otherMap);
  if (one instanceof Date) return other instanceof Date && one.getTime() === other.getTime();
  if (one instanceof Uint8Array) return other instanceof Uint8Array && Buffer.compare(one, other) === 0;
  return false;
}

function sameFields(one: ReadonlyMap<unknown, unknown>, other: ReadonlyMap<unknown, unknown>): boolean {
  return (
    one.size === other.size &&
    [...one].every(([key, value]) => other.has(key) && sameValue(value, other.get(key)))
  );
}

function sameItems(one: readonly unknown[], other: readonly unknown[]): boolean {
  const ordered = inOrderOf(one, other) ?? one;
  return ordered.length === other.length && ordered.every((item, index) => sameValue(item, other[index]));
}

function amountOf(value: unknown): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  return value instanceof UnsignedInt || value instanceof Duration ? value.valueOf() : undefined;
}
