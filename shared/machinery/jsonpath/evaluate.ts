// What a JSONPath template finds in an object, and how it is written out. Missing keys are nothing, as kubectl has it.

import { UserError } from '../../base/index.ts';
import { compactJson } from '../go-json-text.ts';
import { isRecord, ownField } from '../json-object.ts';
import type { Operand, Operator, Step, TemplateNode } from './parse.ts';

/** The template's text for this object. Throws UserError for an index beyond a list's end. */
export function evaluateTemplate(nodes: readonly TemplateNode[], root: unknown): string {
  return nodes.map((node) => nodeText(node, root)).join('');
}

function nodeText(node: TemplateNode, root: unknown): string {
  switch (node.node) {
    case 'text':
      return node.text;
    case 'path':
      return find(node.steps, root).map(textOf).join(' ');
    case 'range':
      return find(node.steps, root)
        .map((item) => evaluateTemplate(node.body, item))
        .join('');
  }
}

/** Everything that the path leads to. */
export function find(steps: readonly Step[], root: unknown): unknown[] {
  return walk(steps, [root]);
}

/** A union takes each of its branches through all values before the next. */
function walk(steps: readonly Step[], roots: readonly unknown[]): unknown[] {
  return steps.reduce<unknown[]>(
    (values, step) =>
      step.step === 'union'
        ? step.branches.flatMap((branch) => walk(branch, values))
        : values.flatMap((value) => take(step, value)),
    [...roots],
  );
}

/** Strings as they are, everything else as JSON. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  return typeof value === 'string' ? value : compactJson(value);
}

function take(step: Exclude<Step, { step: 'union' }>, value: unknown): unknown[] {
  switch (step.step) {
    case 'field': {
      const found = isRecord(value) && Object.hasOwn(value, step.name) ? [ownField(value, step.name)] : [];
      return step.name === '' ? [value] : found;
    }
    case 'wildcard':
      return children(value);
    case 'recursive':
      return descendants(value);
    case 'index':
      return elementAt(step.index, value);
    case 'slice':
      return slice(step, value);
    case 'filter':
      return list(value).filter((item) => holds(step.operator, step.left, step.right, item));
  }
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (!isRecord(value)) return [];
  return Object.keys(value)
    .sort()
    .map((key) => value[key]);
}

function descendants(value: unknown): unknown[] {
  return [
    value,
    ...children(value)
      .filter((child) => typeof child === 'object' && child !== null)
      .flatMap(descendants),
  ];
}

function elementAt(index: number, value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new UserError(`${textOf(value)} is not array or slice`);
  const position = index < 0 ? value.length + index : index;
  if (position >= 0 && position < value.length) return [value[position]];
  throw new UserError(`array index out of bounds: index ${index}, length ${value.length}`);
}

function slice({ start, end, stride }: Step & { step: 'slice' }, value: unknown): unknown[] {
  const items = list(value);
  const at = (position: number) => (position < 0 ? items.length + position : position);
  const picked = items.slice(at(start ?? 0), end === undefined ? undefined : at(end));
  return picked.filter((_, position) => position % Math.max(1, stride) === 0);
}

function holds(operator: Operator, left: Operand, right: Operand, item: unknown): boolean {
  const lefts = valuesOf(left, item);
  if (operator === 'exists') return lefts.length > 0;
  const rights = valuesOf(right, item);
  if (lefts.length === 0 || rights.length === 0) return false;
  if (lefts.length > 1 || rights.length > 1) throw new UserError('can only compare one element at a time');
  return compares(operator, lefts[0], rights[0]);
}

function valuesOf(operand: Operand, item: unknown): unknown[] {
  return 'literal' in operand ? [operand.literal] : find(operand.path, item);
}

function compares(operator: Exclude<Operator, 'exists'>, left: unknown, right: unknown): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    default:
      return ordered(operator, left, right);
  }
}

function ordered(operator: '<' | '>' | '<=' | '>=', left: unknown, right: unknown): boolean {
  const numbers = typeof left === 'number' && typeof right === 'number';
  const texts = typeof left === 'string' && typeof right === 'string';
  if (!numbers && !texts) return false;
  switch (operator) {
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '<=':
      return left <= right;
    case '>=':
      return left >= right;
  }
}
