// What is wrong with an expression, in the words and with the picture of cel-go: clients and people know these.
//
//   ERROR: <input>:1:7: undefined field 'foo'
//    | object.foo
//    | ......^

import { type ASTNode, TypeError as CelTypeError, ParseError } from '@marcbachmann/cel-js';
import { isNode } from './nodes.ts';
import { nameInLanguage } from './own-functions.ts';

interface Issue {
  text: string;
  /** Where it is in the expression. */
  at: number;
}

/** `functions`: the names that there are. */
export function issueText(expression: string, error: unknown, functions: ReadonlySet<string>): string {
  const { text, at } = issueOf(expression, error, functions);
  const before = expression.slice(0, at);
  const line = before.split('\n').length;
  const column = at - (before.lastIndexOf('\n') + 1);
  const shown = expression.split('\n')[line - 1] ?? '';
  return `ERROR: <input>:${line}:${column + 1}: ${text}\n | ${shown}\n | ${'.'.repeat(column)}^`;
}

function issueOf(expression: string, error: unknown, functions: ReadonlySet<string>): Issue {
  if (error instanceof ParseError)
    return { text: `Syntax error: ${error.summary}`, at: error.range?.start ?? 0 };
  if (!(error instanceof CelTypeError))
    return { text: error instanceof Error ? error.message : String(error), at: 0 };
  const { code, summary, range, node } = error;
  const at = range?.start ?? 0;
  const name = summary.slice(summary.lastIndexOf(' ') + 1);
  switch (code) {
    case 'no_such_key':
      return { text: `undefined field '${name}'`, at: Math.max(expression.lastIndexOf('.', at), 0) };
    case 'cannot_index_type': {
      const type = summary.slice(summary.indexOf("'"));
      if (node?.op !== '.') return { text: summary, at };
      const dot = expression.lastIndexOf('.', node.end);
      return { text: `type ${type} does not support field selection`, at: Math.max(dot, 0) };
    }
    case 'unknown_variable':
      return { text: `undeclared reference to '${name}' (in container '')`, at };
    case 'no_such_overload':
      return operatorIssue(expression, error, at);
    case 'no_matching_overload':
      return callIssue(expression, summary, range, functions);
    default:
      return { text: summary, at };
  }
}

/** `no such overload: int > string`, `no such overload: !string` */
function operatorIssue(expression: string, { summary, node }: CelTypeError, at: number): Issue {
  const said = summary.slice('no such overload: '.length);
  const [, left = '', operator = '', right = ''] = /^(.+?) (\S+) (.+)$/.exec(said) ?? [];
  if (!operator) {
    const [sign = ''] = said;
    return { text: noOverload(`${sign}_`, said.slice(1)), at };
  }
  const first = operandOf(node);
  const from = first ? expression.indexOf(operator, first.range.end) : at;
  return { text: noOverload(operator === 'in' ? '@in' : `_${operator}_`, `${left}, ${right}`), at: from };
}

function operandOf(node: ASTNode | undefined): ASTNode | undefined {
  const operands: unknown = node?.args;
  const first: unknown = Array.isArray(operands) ? operands[0] : undefined;
  return isNode(first) ? first : undefined;
}

/** `found no matching overload for 'string.startsWith(int)'`; the place is that of the bracket. */
function callIssue(
  expression: string,
  summary: string,
  range: { start: number; end: number } | undefined,
  functions: ReadonlySet<string>,
): Issue {
  const [, receiver, called = '', given = ''] = /'(?:(.+)\.)?(\w+)\((.*)\)'/.exec(summary) ?? [];
  const name = nameInLanguage(called);
  const start = range?.start ?? 0;
  const call = expression.slice(start, range?.end).lastIndexOf(`${name}(`);
  const at = call < 0 ? start : start + call + name.length;
  if (!functions.has(name)) return { text: `undeclared reference to '${name}' (in container '')`, at };
  return { text: noOverload(name, given, receiver), at };
}

function noOverload(name: string, given: string, receiver?: string): string {
  const applied = receiver === undefined ? `(${given})` : `${receiver}.(${given})`;
  return `found no matching overload for '${name}' applied to '${applied}'`;
}
