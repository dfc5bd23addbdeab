// What the library has otherwise than cel-go, put right in the tree before it is checked: calls go to functions of our own,
// and has() takes whatever ends in a field, e.g. has(self.list[0].name).

import type { ASTNode } from '@marcbachmann/cel-js';
import { isRecord } from '../../../machinery/index.ts';
import { holdsKeyed, union } from './keyed-list.ts';
import { zonedParts } from './library-times.ts';
import { nodesIn } from './nodes.ts';
import { sameValue } from './same-value.ts';

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
  const own = operators.get(node.op);
  if (own) useOwnOperator(node, own);
  for (const inner of nodesIn(node.args)) useOwnFunctions(inner);
}

/** Undefined: the library knows. */
type Operator = (left: unknown, right: unknown) => unknown;

/** Where lists have keys; of everything else the library knows more. */
const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['==', (left, right) => sameOf(left, right)],
  [
    '!=',
    (left, right) => {
      const same = sameOf(left, right);
      return same === undefined ? undefined : !same;
    },
  ],
  ['+', (left, right) => (Array.isArray(left) && Array.isArray(right) ? union(left, right) : undefined)],
]);

function sameOf(left: unknown, right: unknown): boolean | undefined {
  return holdsKeyed(left) || holdsKeyed(right) ? sameValue(left, right) : undefined;
}

/** The library settles what an operator does where it checks the types: ours is asked before it. */
function useOwnOperator(node: ASTNode, own: Operator): void {
  const meta: unknown = Reflect.get(node, 'meta');
  if (!isRecord(meta) || typeof meta.check !== 'function') return;
  const { check } = meta;
  meta.check = (types: Types, itself: ASTNode, context: unknown): unknown => {
    const type: unknown = Reflect.apply(check, meta, [types, itself, context]);
    const handle: unknown = Reflect.get(itself, 'handle');
    if (typeof handle === 'function')
      Reflect.set(itself, 'handle', (left: unknown, right: unknown, ...rest: unknown[]) => {
        const value = own(left, right);
        return value === undefined ? Reflect.apply(handle, itself, [left, right, ...rest]) : value;
      });
    return type;
  };
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

/** As cel-go: what can have no fields has not this one. */
function hasField(whole: unknown, field: string): boolean {
  if (whole instanceof Map) return whole.get(field) !== undefined;
  return typeof whole === 'object' && whole !== null && Object.hasOwn(whole, field);
}
