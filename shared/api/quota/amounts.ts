// What a pod asks for and may have altogether (upstream's component-helpers/resource PodRequests and PodLimits).

import type { Container, Pod, PodSpec } from 'kubernetes-types/core/v1';
import { Quantity } from '../../machinery/index.ts';
import { isSidecar } from '../core/sidecars.ts';

export type Amounts = ReadonlyMap<string, Quantity>;

type Kind = 'requests' | 'limits';

const none: Amounts = new Map();

/**
 * Containers and sidecars at once; an init container, with the sidecars that started before it, when that is more.
 * `assumed`: what a container is taken for that says nothing of it.
 */
export function podAmounts({ spec }: Pod, kind: Kind, assumed: Amounts = none): Amounts {
  const said = (container: Container) => new Map([...assumed, ...amountsOf(container, kind)]);
  const total = new Map<string, Quantity>();
  for (const container of spec?.containers ?? []) addTo(total, said(container));
  const started = new Map<string, Quantity>();
  const initial = new Map<string, Quantity>();
  for (const container of spec?.initContainers ?? []) {
    const own = said(container);
    if (isSidecar(container)) {
      addTo(total, own);
      addTo(started, own);
      raiseTo(initial, started);
    } else raiseTo(initial, sumOf(own, started));
  }
  raiseTo(total, initial);
  addOverhead(total, spec, kind);
  return total;
}

/** What one container says. */
export function amountsOf({ resources }: Container, kind: Kind): Amounts {
  return listOf(resources?.[kind]);
}

export function listOf(list: Readonly<Record<string, string>> | undefined): Amounts {
  return new Map(
    Object.entries(list ?? {}).map(([name, text]) => {
      const amount = Quantity.check(text);
      return [name, typeof amount === 'string' ? Quantity.zero : amount];
    }),
  );
}

export function sumOf(a: Amounts, b: Amounts): Amounts {
  const sum = new Map(a);
  addTo(sum, b);
  return sum;
}

/** Adds every amount, in place. */
export function addTo(total: Map<string, Quantity>, more: Amounts): void {
  for (const [name, amount] of more) total.set(name, (total.get(name) ?? Quantity.zero).add(amount));
}

function raiseTo(total: Map<string, Quantity>, least: Amounts): void {
  for (const [name, amount] of least) {
    const now = total.get(name);
    if (!now || now.compare(amount) < 0) total.set(name, amount);
  }
}

/** Overhead is part of a limit only where there is one. */
function addOverhead(total: Map<string, Quantity>, spec: PodSpec | undefined, kind: Kind): void {
  const overhead = listOf(spec?.overhead);
  for (const [name, amount] of overhead) {
    if (kind === 'requests' || total.has(name)) addTo(total, new Map([[name, amount]]));
  }
}
