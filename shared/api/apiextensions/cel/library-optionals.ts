// Optional values: what the library lacks of cel-go's OptionalTypes.

import { type Environment, Optional, ParseError } from '@marcbachmann/cel-js';
import type { Context, Evaluator, Expanded, Types } from './macro-parts.ts';
import { sameValue } from './same-value.ts';

export function addOptionals(environment: Environment): void {
  environment
    .registerFunction('OptionalNamespace.ofNonZeroValue(dyn): optional<dyn>', (_: unknown, value: unknown) =>
      isZero(value) ? Optional.none() : Optional.of(value),
    )
    .registerFunction('optional.optMap(ast, ast): optional<dyn>', (macro: Expanded) =>
      expand(macro, (value) => Optional.of(value)),
    )
    .registerFunction('optional.optFlatMap(ast, ast): optional<dyn>', (macro: Expanded) =>
      expand(macro, (value) => value),
    )
    .registerOperator('optional<dyn> == optional<dyn>', (one: Optional, other: Optional) =>
      one.hasValue() && other.hasValue()
        ? sameValue(one.value(), other.value())
        : one.hasValue() === other.hasValue(),
    );
}

function expand({ receiver, args: [name, body] }: Expanded, made: (value: unknown) => unknown) {
  let inner: Context | undefined;
  return {
    async: false,
    typeCheck(types: Types, _: unknown, context: Context): unknown {
      if (name?.op !== 'id') throw new ParseError('argument must be a simple name', name);
      types.check(receiver, context);
      inner = context.forkWithVariable(name.args, types.getType('dyn'));
      if (body) types.check(body, inner);
      return types.getType('optional<dyn>');
    },
    evaluate(evaluator: Evaluator, _: unknown, context: Context): unknown {
      const optional = evaluator.run(receiver, context);
      if (!(optional instanceof Optional)) throw new Error('no such overload');
      if (!optional.hasValue() || !inner || !body) return Optional.none();
      return made(evaluator.run(body, inner.reuse(context).setIterValue(optional.value(), evaluator)));
    },
  };
}

function isZero(value: unknown): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  return value instanceof Map && value.size === 0;
}
