// `[?a.?b, c]` and `{?'k': a.?b}`: items that are only there where their value is (cel-go's OptionalTypes), which the library cannot
// read. It is given `!` for `?`, which binds no less, and each of these is taken out of the tree again.

import { type ASTNode, Optional } from '@marcbachmann/cel-js';
import type { Context, Evaluator, Types } from './macro-parts.ts';
import { isNode, nodesIn } from './nodes.ts';

interface Read {
  /** What the library can read; as long as what was written. */
  readonly text: string;
  /** Where the marks stand. */
  readonly marks: ReadonlySet<number>;
}

/** A text or a comment, a name or number, or one more character. */
const token =
  /[rR](?:'[^']*'|"[^"]*")|'''.*?'''|""".*?"""|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\/\/[^\n]*|[\w.]+|\s+|./gs;

export function readMarks(expression: string): Read {
  const marks = new Set<number>();
  /** Brackets that are open: `l`ists, `m`aps, and others. */
  const open: string[] = [];
  let before = '';
  for (const { 0: text, index } of expression.matchAll(token)) {
    if (!text.trim() || text.startsWith('//')) continue;
    if (text === '[') open.push(/[\w)\]}'"]$/.test(before) && before !== 'in' ? 'index' : 'list');
    else if (text === '{') open.push('map');
    else if (text === '(') open.push('call');
    else if (')]}'.includes(text)) open.pop();
    const starts = /^[[{,]$/.test(before) && ['list', 'map'].includes(open.at(-1) ?? '');
    if (text === '?' && starts) marks.add(index);
    before = text;
  }
  const text = [...marks].reduce((was, at) => `${was.slice(0, at)}!${was.slice(at + 1)}`, expression);
  return { text, marks };
}

/** Makes the lists and maps with marks in them what they were meant to be. */
export function useMarks(node: ASTNode, marks: ReadonlySet<number>): void {
  if (marks.size === 0) return;
  if (node.op === 'list') useList(node, node.args, marks);
  if (node.op === 'map') useMap(node, node.args, marks);
  for (const inner of nodesIn(node.args)) useMarks(inner, marks);
}

function useList(node: ASTNode, items: ASTNode[], marks: ReadonlySet<number>): void {
  const optional = items.map((item) => isMarked(item, marks));
  if (!optional.includes(true)) return;
  items.forEach((item, index) => {
    items[index] = withoutMark(item, marks);
  });
  setMacro(node, {
    typeCheck(types: Types, _: unknown, context: Context): unknown {
      for (const item of items) types.check(item, context);
      return types.getType('list<dyn>');
    },
    evaluate: (evaluator: Evaluator, _: unknown, context: Context): unknown[] =>
      items.flatMap((item, index) => {
        const value = evaluator.run(item, context);
        return optional[index]
          ? present(value, 'Cannot initialize optional list element from non-optional value.')
          : [value];
      }),
  });
}

function useMap(node: ASTNode, entries: [ASTNode, ASTNode][], marks: ReadonlySet<number>): void {
  const optional = entries.map(([key]) => isMarked(key, marks));
  if (!optional.includes(true)) return;
  for (const entry of entries) entry[0] = withoutMark(entry[0], marks);
  setMacro(node, {
    typeCheck(types: Types, _: unknown, context: Context): unknown {
      for (const part of entries.flat()) types.check(part, context);
      return types.getType('map<dyn, dyn>');
    },
    evaluate(evaluator: Evaluator, _: unknown, context: Context): Map<unknown, unknown> {
      const map = new Map<unknown, unknown>();
      entries.forEach(([left, right], index) => {
        const key = evaluator.run(left, context);
        const value = evaluator.run(right, context);
        const refusal = `Cannot initialize optional entry '${String(key)}' from non-optional value`;
        for (const found of optional[index] ? present(value, refusal) : [value]) map.set(key, found);
      });
      return map;
    },
  });
}

/** The value, or nothing. */
function present(value: unknown, refusal: string): unknown[] {
  if (!(value instanceof Optional)) throw new Error(refusal);
  return value.hasValue() ? [value.value()] : [];
}

/** The mark is where the expression starts, and binds to its first operand. */
function isMarked(node: ASTNode, marks: ReadonlySet<number>): boolean {
  if (node.op === '!_' && marks.has(node.start)) return true;
  const first = firstOperand(node);
  return first !== undefined && isMarked(first, marks);
}

function withoutMark(node: ASTNode, marks: ReadonlySet<number>): ASTNode {
  if (node.op === '!_' && marks.has(node.start)) return node.args;
  const first = firstOperand(node);
  if (first && Array.isArray(node.args)) Reflect.set(node.args, 0, withoutMark(first, marks));
  return node;
}

/** Of operators with two or three of them. */
function firstOperand({ op, args }: ASTNode): ASTNode | undefined {
  const first: unknown = op !== 'list' && Array.isArray(args) ? args[0] : undefined;
  return isNode(first) ? first : undefined;
}

function setMacro(node: ASTNode, macro: object): void {
  const setMeta: unknown = Reflect.get(node, 'setMeta');
  if (typeof setMeta === 'function') Reflect.apply(setMeta, node, ['macro', { async: false, ...macro }]);
}
