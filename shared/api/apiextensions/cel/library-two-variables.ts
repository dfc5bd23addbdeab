// Loops of two variables (cel-go's ext.TwoVarComprehensions): index and item of a list, key and value of a map.

import { type ASTNode, type Environment, ParseError } from '@marcbachmann/cel-js';
import type { Context, Evaluator, Expanded, Types } from './macro-parts.ts';

type Entries = [key: unknown, value: unknown][];
type Ask = (body: ASTNode, entry: [unknown, unknown]) => unknown;
type Loop = (entries: Entries, bodies: readonly ASTNode[], ask: Ask) => unknown;

const loops: Readonly<Record<string, { bodies: number; type: string; loop: Loop }>> = {
  all: { bodies: 1, type: 'bool', loop: (entries, [body], ask) => quantified(entries, body, ask, false) },
  exists: { bodies: 1, type: 'bool', loop: (entries, [body], ask) => quantified(entries, body, ask, true) },
  existsOne: { bodies: 1, type: 'bool', loop: one },
  exists_one: { bodies: 1, type: 'bool', loop: one },
  transformList: { bodies: 1, type: 'list<dyn>', loop: transformList },
  'transformList filtered': { bodies: 2, type: 'list<dyn>', loop: transformList },
  transformMap: { bodies: 1, type: 'map<dyn, dyn>', loop: transformMap },
  'transformMap filtered': { bodies: 2, type: 'map<dyn, dyn>', loop: transformMap },
  transformMapEntry: { bodies: 1, type: 'map<dyn, dyn>', loop: transformEntries },
  'transformMapEntry filtered': { bodies: 2, type: 'map<dyn, dyn>', loop: transformEntries },
};

export function addTwoVariableLoops(environment: Environment): void {
  for (const [title, { bodies, type, loop }] of Object.entries(loops)) {
    const [name] = title.split(' ');
    const given = ['ast', 'ast', ...Array<string>(bodies).fill('ast')].join(', ');
    environment.registerFunction(`list.${name}(${given}): ${type}`, (macro: Expanded) =>
      expand(macro, type, loop),
    );
  }
}

function expand({ receiver, args: [first, second, ...bodies] }: Expanded, type: string, loop: Loop) {
  let keys: Context | undefined;
  let values: Context | undefined;
  return {
    async: false,
    typeCheck(types: Types, _: unknown, context: Context): unknown {
      types.check(receiver, context);
      keys = context.forkWithVariable(nameOf(first), types.getType('dyn'));
      values = keys.forkWithVariable(nameOf(second), types.getType('dyn'));
      for (const body of bodies) types.check(body, values);
      return types.getType(type);
    },
    evaluate(evaluator: Evaluator, _: unknown, context: Context): unknown {
      return loop(entriesOf(evaluator.run(receiver, context)), bodies, (body, [key, value]) => {
        const inner = keys?.reuse(context).setIterValue(key, evaluator);
        const both = inner && values?.reuse(inner).setIterValue(value, evaluator);
        return both && evaluator.run(body, both);
      });
    },
  };
}

function nameOf(node: ASTNode | undefined): string {
  if (node?.op === 'id') return node.args;
  throw new ParseError('argument must be a simple name', node);
}

function entriesOf(range: unknown): Entries {
  if (Array.isArray(range)) return range.map((item, index) => [BigInt(index), item]);
  if (range instanceof Map) return [...range];
  if (typeof range === 'object' && range !== null) return Object.entries(range);
  throw new Error('no such overload');
}

/** One that decides ends it, also where another one fails. */
function quantified(entries: Entries, body: ASTNode | undefined, ask: Ask, decides: boolean): boolean {
  let failure: { error: unknown } | undefined;
  for (const entry of entries) {
    try {
      if (body && ask(body, entry) === decides) return decides;
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure) throw failure.error;
  return !decides;
}

function one(entries: Entries, [body]: readonly ASTNode[], ask: Ask): boolean {
  return entries.filter((entry) => body && ask(body, entry) === true).length === 1;
}

/** What is left of the entries, transformed; the filter is the first of two bodies. */
function transformed(entries: Entries, bodies: readonly ASTNode[], ask: Ask): Entries {
  const transform = bodies.at(-1);
  const filter = bodies.length > 1 ? bodies[0] : undefined;
  return entries.flatMap((entry) =>
    transform && (!filter || ask(filter, entry) === true) ? [[entry[0], ask(transform, entry)]] : [],
  );
}

function transformList(entries: Entries, bodies: readonly ASTNode[], ask: Ask): unknown[] {
  return transformed(entries, bodies, ask).map(([, value]) => value);
}

function transformMap(entries: Entries, bodies: readonly ASTNode[], ask: Ask): Map<unknown, unknown> {
  return new Map(transformed(entries, bodies, ask));
}

function transformEntries(entries: Entries, bodies: readonly ASTNode[], ask: Ask): Map<unknown, unknown> {
  const result = new Map<unknown, unknown>();
  for (const [, made] of transformed(entries, bodies, ask))
    for (const [key, value] of entriesOf(made)) {
      if (result.has(key)) throw new Error(`insert failed: key ${String(key)} already exists`);
      result.set(key, value);
    }
  return result;
}
