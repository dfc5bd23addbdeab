// Lists: isSorted, sum, min, max, indexOf, lastIndexOf.

import type { Environment } from '@marcbachmann/cel-js';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import { sameValue } from './same-value.ts';

export function addLists(environment: Environment): void {
  environment
    .registerFunction('list<dyn>.isSorted(): bool', (list: unknown[]) =>
      list.every((item, index) => index === 0 || compare(list[index - 1], item) <= 0),
    )
    .registerFunction('list<dyn>.sum(): dyn', sum)
    .registerFunction('list<dyn>.min(): dyn', (list: unknown[]) => extreme(list, -1, 'min'))
    .registerFunction('list<dyn>.max(): dyn', (list: unknown[]) => extreme(list, 1, 'max'))
    .registerFunction('list<dyn>.indexOf(dyn): int', (list: unknown[], value: unknown) =>
      BigInt(list.findIndex((item) => sameValue(item, value))),
    )
    .registerFunction('list<dyn>.lastIndexOf(dyn): int', (list: unknown[], value: unknown) =>
      BigInt(list.findLastIndex((item) => sameValue(item, value))),
    );
}

function compare(one: unknown, other: unknown): number {
  const [left, right] = [ordered(one), ordered(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function ordered(value: unknown): string | number | bigint {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
  return value instanceof Date ? value.getTime() : Number(value);
}

function sum(list: unknown[]): unknown {
  if (list.length > 0 && list.every((item) => typeof item === 'number'))
    return list.reduce<number>((total, item) => total + Number(item), 0);
  const [first] = list;
  if (first instanceof Duration)
    return list.reduce<Duration>(
      (total, item) => (item instanceof Duration ? total.addDuration(item) : total),
      new Duration(0),
    );
  return list.reduce<bigint>((total, item) => total + (typeof item === 'bigint' ? item : 0n), 0n);
}

function extreme(list: unknown[], sign: number, name: string): unknown {
  if (list.length === 0) throw new Error(`${name} called on empty list`);
  return list.reduce((best, item) => (compare(item, best) * sign > 0 ? item : best));
}
