// Sets (cel-go's ext.Sets): lists as the sets of their items.

import type { Environment } from '@marcbachmann/cel-js';
import { sameValue } from './same-value.ts';

class SetsNamespace {}

const isIn = (list: readonly unknown[]) => (value: unknown) => list.some((item) => sameValue(item, value));

export function addSets(environment: Environment): void {
  const setsOf = (name: string, tell: (one: unknown[], other: unknown[]) => boolean) =>
    environment.registerFunction(
      `kubernetes.SetsNamespace.${name}(list<dyn>, list<dyn>): bool`,
      (_: SetsNamespace, one: unknown[], other: unknown[]) => tell(one, other),
    );
  environment
    .registerType('kubernetes.SetsNamespace', { ctor: SetsNamespace })
    .registerConstant('sets', 'kubernetes.SetsNamespace', new SetsNamespace());
  setsOf('contains', (one, other) => other.every(isIn(one)));
  setsOf('intersects', (one, other) => one.some(isIn(other)));
  setsOf('equivalent', (one, other) => one.every(isIn(other)) && other.every(isIn(one)));
}
