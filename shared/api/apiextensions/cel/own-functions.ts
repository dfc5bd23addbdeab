// What the library has otherwise than cel-go, put right in the tree before it is checked: calls go to functions of our own,
// and has() takes whatever ends in a field, e.g. has(self.list[0].name).

import type { ASTNode } from '@marcbachmann/cel-js';
import { zonedParts } from './library-times.ts';
import { nodesIn } from './nodes.ts';

/** By its name in the language, the name of ours. */
const ours: ReadonlyMap<string, string> = new Map([
  ['matches', 'matchesRe2'],
  ['lowerAscii', 'lowerAsciiOnly'],
  ['upperAscii', 'upperAsciiOnly'],
  ['substring', 'substringOf'],
]);
/** Those that are given a time zone. */
const zoned: ReadonlyMap<string, string> = new Map(zonedParts.map((name) => [name, `${name}In`]));
const named: ReadonlyMap<string, string> = new Map([...ours, ...zoned].map(([name, own]) => [own, name]));

/** The name in the language of what may be one of ours. */
export function nameInLanguage(name: string): string {
  return named.get(name) ?? name;
}

interface Types {
  check(node: ASTNode, context: unknown): unknown;
  getType(name: string): unknown;
}

interface Evaluator {
  run(node: ASTNode, context: unknown): unknown;
}

/** Before the tree is checked or run for the first time. */
export function useOwnFunctions(node: ASTNode): void {
  if (node.op === 'call' || node.op === 'rcall') node.args[0] = ours.get(node.args[0]) ?? node.args[0];
  if (node.op === 'rcall' && node.args[2].length === 1)
    node.args[0] = zoned.get(node.args[0]) ?? node.args[0];
  if (node.op === 'call' && node.args[0] === 'has') useOwnHas(node, node.args[1]);
  for (const inner of nodesIn(node.args)) useOwnFunctions(inner);
}

function useOwnHas(node: ASTNode, [tested]: readonly ASTNode[]): void {
  const setMeta: unknown = Reflect.get(node, 'setMeta');
  if (typeof setMeta !== 'function' || tested?.op !== '.') return; // the library says what is wrong with it
  const [whole, field] = tested.args;
  const macro = {
    typeCheck(types: Types, _: unknown, context: unknown): unknown {
      types.check(whole, context);
      return types.getType('bool');
    },
    evaluate(evaluator: Evaluator, _: unknown, context: unknown): boolean {
      return hasField(evaluator.run(whole, context), field);
    },
  };
  Reflect.apply(setMeta, node, ['macro', macro]);
}

function hasField(whole: unknown, field: string): boolean {
  if (whole instanceof Map) return whole.get(field) !== undefined;
  if (typeof whole === 'object' && whole !== null) return Object.hasOwn(whole, field);
  throw new Error(`no such key: ${field}`);
}
