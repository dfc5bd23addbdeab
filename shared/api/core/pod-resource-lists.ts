// Lists of amounts (limits, requests, overhead) in canonical form. A text that is no quantity is left as it is:
// decoding refuses it by name.

import { Quantity } from '../../machinery/index.ts';

export type ResourceList = Record<string, string>;

/** The amount of a quantity that was decoded; zero for none. */
export function quantityOf(text: string | number | undefined): Quantity {
  const amount = Quantity.check(text ?? '0');
  return typeof amount === 'string' ? Quantity.zero : amount;
}

/** The canonical spelling, e.g. `1536Mi` for `1.5Gi`. */
export function canonical(text: string | number): string {
  const amount = Quantity.check(text);
  return typeof amount === 'string' ? `${text}` : amount.toString();
}

/** Canonical spelling of every amount, in place; what is finer than a thousandth is rounded up. */
export function roundQuantities(list: ResourceList | undefined): void {
  for (const [name, text] of Object.entries(list ?? {})) {
    const amount = Quantity.check(text);
    if (list && typeof amount !== 'string') list[name] = roundedUp(amount).toString();
  }
}

function roundedUp(amount: Quantity): Quantity {
  if (amount.isInteger) return amount;
  const rounded = Quantity.ofMilli(amount.milliValue());
  return rounded.equals(amount) ? amount : rounded;
}
