// What pods ask for and nodes have, as plain numbers: cpu in thousandths, everything else in whole units.

import type { Node, Pod } from '../../shared/api/index.ts';
import { listOf, podAmounts, type Amounts as Quantities } from '../../shared/api/quota/index.ts';
import { Quantity } from '../../shared/machinery/index.ts';

/** Resource name → amount. */
export type Amounts = ReadonlyMap<string, number>;

/** What a container without requests is taken for when nodes are compared (never when they are filled). */
const assumedRequests: Quantities = new Map([
  ['cpu', Quantity.ofMilli(100)],
  ['memory', Quantity.of(200 * 1024 * 1024, 'BinarySI')],
]);

/** What the node offers to pods. */
export function allocatableOf(node: Node): Amounts {
  return numbersOf(listOf(node.status?.allocatable ?? node.status?.capacity));
}

/** What the pod needs at its most: its containers together, or its neediest init container; sidecars all along. */
export function requestsOf(pod: Pod): Amounts {
  return numbersOf(podAmounts(pod, 'requests'));
}

/** The same for comparing nodes: silent containers count with something. */
export function weightOf(pod: Pod): Amounts {
  return numbersOf(podAmounts(pod, 'requests', assumedRequests));
}

function numbersOf(amounts: Quantities): Amounts {
  return new Map(
    [...amounts].map(([name, amount]) => [name, name === 'cpu' ? amount.milliValue() : amount.value()]),
  );
}

/** total += amounts */
export function add(total: Map<string, number>, amounts: Amounts, sign: 1 | -1 = 1): void {
  for (const [name, amount] of amounts) total.set(name, (total.get(name) ?? 0) + sign * amount);
}
