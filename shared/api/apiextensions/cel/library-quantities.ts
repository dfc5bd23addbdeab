// Quantities: quantity, isQuantity, and what can be reckoned with them.

import type { Environment } from '@marcbachmann/cel-js';
import { Quantity } from '../../../machinery/index.ts';

/** A quantity as a type of the language: it has no fields. */
class CelQuantity {
  readonly #amount: Quantity;

  constructor(amount: Quantity) {
    this.#amount = amount;
  }

  static amountOf(value: CelQuantity | bigint): Quantity {
    return typeof value === 'bigint' ? Quantity.of(value) : value.#amount;
  }
}

const amountOf = CelQuantity.amountOf;
type Operand = CelQuantity | bigint;

export function addQuantities(environment: Environment): void {
  const name = 'kubernetes.Quantity';
  environment
    .registerType(name, { ctor: CelQuantity })
    .registerFunction('isQuantity(string): bool', (text: string) => typeof Quantity.check(text) !== 'string')
    .registerFunction(`quantity(string): ${name}`, (text: string) => new CelQuantity(Quantity.parse(text)))
    .registerFunction(`${name}.isInteger(): bool`, (value: CelQuantity) => integerOf(value) !== undefined)
    .registerFunction(`${name}.asInteger(): int`, asInteger)
    .registerFunction(`${name}.asApproximateFloat(): double`, (value: CelQuantity) =>
      amountOf(value).toNumber(),
    )
    .registerFunction(`${name}.sign(): int`, (value: CelQuantity) =>
      BigInt(amountOf(value).compare(Quantity.zero)),
    );
  const compared = (method: string, holds: (order: number) => boolean) =>
    environment.registerFunction(`${name}.${method}(${name}): bool`, (one: CelQuantity, other: CelQuantity) =>
      holds(amountOf(one).compare(amountOf(other))),
    );
  compared('isGreaterThan', (order) => order > 0);
  compared('isLessThan', (order) => order < 0);
  environment.registerOperator(
    `${name} == ${name}`,
    (one: CelQuantity, other: CelQuantity) => amountOf(one).compare(amountOf(other)) === 0,
  );
  environment.registerFunction(`${name}.compareTo(${name}): int`, (one: CelQuantity, other: CelQuantity) =>
    BigInt(amountOf(one).compare(amountOf(other))),
  );
  for (const operand of [name, 'int']) {
    environment
      .registerFunction(
        `${name}.add(${operand}): ${name}`,
        (one: CelQuantity, other: Operand) => new CelQuantity(amountOf(one).add(amountOf(other))),
      )
      .registerFunction(
        `${name}.sub(${operand}): ${name}`,
        (one: CelQuantity, other: Operand) => new CelQuantity(amountOf(one).sub(amountOf(other))),
      );
  }
}

function asInteger(value: CelQuantity): bigint {
  const integer = integerOf(value);
  if (integer === undefined) throw new Error('cannot convert value to integer');
  return integer;
}

/** Undefined: it is none, or none of 64 bits. */
function integerOf(value: CelQuantity): bigint | undefined {
  const amount = amountOf(value);
  if (!amount.isInteger) return undefined;
  const integer = BigInt(amount.toNumber());
  return BigInt.asIntN(64, integer) === integer ? integer : undefined;
}
