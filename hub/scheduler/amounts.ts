// What pods ask for and nodes have, as plain numbers: cpu in thousandths, everything else in whole units.

import type { Container, Node, Pod } from '../../shared/api/index.ts';
import { Quantity } from '../../shared/machinery/index.ts';

/** Resource name → amount. */
export type Amounts = ReadonlyMap<string, number>;

/** What a container without requests is taken for when nodes are compared (never when they are filled). */
const assumedRequests: Amounts = new Map([
  ['cpu', 100],
  ['memory', 200 * 1024 * 1024],
]);

/** A list of quantities as amounts; what is no quantity counts as nothing. */
export function amountsOf(list: Readonly<Record<string, string>> | undefined): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const [name, text] of Object.entries(list ?? {})) {
    const quantity = Quantity.check(text);
    if (typeof quantity === 'string') continue;
    amounts.set(name, name === 'cpu' ? quantity.milliValue() : quantity.value());
  }
  return amounts;
}

/** What the node offers to pods. */
export function allocatableOf(node: Node): Amounts {
  return amountsOf(node.status?.allocatable ?? node.status?.capacity);
}

/** What the pod needs at its most: its containers together, or its neediest init container; sidecars all along. */
export function requestsOf(pod: Pod): Amounts {
  return podAmounts(pod, ({ resources }) => amountsOf(resources?.requests));
}

/** The same for comparing nodes: silent containers count with something. */
export function weightOf(pod: Pod): Amounts {
  return podAmounts(pod, ({ resources }) => new Map([...assumedRequests, ...amountsOf(resources?.requests)]));
}

function podAmounts(pod: Pod, amounts: (container: Container) => Amounts): Amounts {
  const total = new Map<string, number>();
  for (const container of pod.spec?.containers ?? []) add(total, amounts(container));
  const sidecars = new Map<string, number>();
  const initPeak = new Map<string, number>();
  for (const container of pod.spec?.initContainers ?? []) {
    const own = amounts(container);
    if (container.restartPolicy === 'Always') add(sidecars, own);
    else raise(initPeak, own, sidecars);
    raise(initPeak, sidecars, new Map());
  }
  add(total, sidecars);
  raise(total, initPeak, new Map());
  add(total, amountsOf(pod.spec?.overhead));
  return total;
}

/** total += amounts */
export function add(total: Map<string, number>, amounts: Amounts, sign: 1 | -1 = 1): void {
  for (const [name, amount] of amounts) total.set(name, (total.get(name) ?? 0) + sign * amount);
}

/** peak = max(peak, amounts + beside) */
function raise(peak: Map<string, number>, amounts: Amounts, beside: Amounts): void {
  for (const [name, amount] of amounts) {
    peak.set(name, Math.max(peak.get(name) ?? 0, amount + (beside.get(name) ?? 0)));
  }
}
