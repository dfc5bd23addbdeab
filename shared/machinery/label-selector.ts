// Label selectors: one compiled form for the string a client sends and for the LabelSelector objects in specs.

import type { LabelSelector } from 'kubernetes-types/meta/v1';

export type Labels = Readonly<Record<string, string>>;

export type SelectorOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  /** Sorted, without doubles. */
  readonly values: readonly string[];
}

/** What labels have to be. */
export interface Selector {
  /** Sorted by key; all have to hold. */
  readonly requirements: readonly LabelRequirement[];
  /** Selects everything. */
  readonly empty: boolean;
  matches(labels: Labels | undefined): boolean;
  /** The form that `parseLabelSelector` reads. */
  toString(): string;
}

type Test = (labels: Labels) => boolean;

class RequirementsSelector implements Selector {
  readonly requirements: readonly LabelRequirement[];
  private readonly tests: readonly Test[];

  constructor(requirements: readonly LabelRequirement[]) {
    this.requirements = [...requirements].sort((a, b) => compareText(a.key, b.key));
    this.tests = this.requirements.map(testOf);
  }

  get empty(): boolean {
    return this.tests.length === 0;
  }

  matches(labels: Labels | undefined): boolean {
    return this.tests.every((test) => test(labels ?? noLabels));
  }

  toString(): string {
    return this.requirements.map(textOf).join(',');
  }
}

const noLabels: Labels = {};

/** Selects every object. */
export const everything: Selector = new RequirementsSelector([]);

/** Selects no object: what an absent LabelSelector means in most specs. */
export const nothing: Selector = { requirements: [], empty: false, matches: () => false, toString: () => '' };

export function selectorFromRequirements(requirements: readonly LabelRequirement[]): Selector {
  return requirements.length === 0 ? everything : new RequirementsSelector(requirements);
}

/** Selects what carries all these labels, e.g. a Service's `spec.selector`. */
export function selectorFromLabels(labels: Labels | undefined): Selector {
  return selectorFromRequirements(Object.entries(labels ?? {}).map(equalTo));
}

/**
 * Compiles a LabelSelector object: absent selects nothing, an empty one everything.
 * It is taken to be valid (`validateLabelSelector`): an unknown operator selects nothing.
 */
export function selectorFrom(selector: LabelSelector | undefined): Selector {
  if (!selector) return nothing;
  const requirements = Object.entries(selector.matchLabels ?? {}).map(equalTo);
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const known = selectorOperators.get(operator);
    if (!known) return nothing;
    requirements.push({ key, operator: known, values: [...new Set(values)].sort(compareText) });
  }
  return selectorFromRequirements(requirements);
}

/** Operators of requirements in objects, and as selectors in requests write them. */
export const selectorOperators: ReadonlyMap<string, SelectorOperator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
  // Node affinity has these two as well.
  ['Gt', 'gt'],
  ['Lt', 'lt'],
]);

/** As kubectl prints a LabelSelector: `app=web,tier in (a,b)`, or `<none>`. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  return selectorFrom(selector).toString() || '<none>';
}

function equalTo([key, value]: [string, string]): LabelRequirement {
  return { key, operator: '=', values: [value] };
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function testOf({ key, operator, values }: LabelRequirement): Test {
  const allowed = new Set(values);
  const holds = (labels: Labels) => {
    const value = labelOf(labels, key);
    return value !== undefined && allowed.has(value);
  };
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return holds;
    case '!=':
    case 'notin':
      return (labels) => !holds(labels);
    case 'exists':
      return (labels) => Object.hasOwn(labels, key);
    case '!':
      return (labels) => !Object.hasOwn(labels, key);
    case 'gt':
      return (labels) => comparesTo(labelOf(labels, key), values[0], (a, b) => a > b);
    case 'lt':
      return (labels) => comparesTo(labelOf(labels, key), values[0], (a, b) => a < b);
  }
}

function comparesTo(
  value: string | undefined,
  bound: string | undefined,
  holds: (a: bigint, b: bigint) => boolean,
): boolean {
  const left = parseInteger(value);
  const right = parseInteger(bound);
  return left !== undefined && right !== undefined && holds(left, right);
}

/** A decimal int64, as Go's ParseInt reads it. */
export function parseInteger(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[-+]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function textOf({ key, operator, values }: LabelRequirement): string {
  const [value = ''] = values;
  switch (operator) {
    case '=':
    case '==':
    case '!=':
      return `${key}${operator}${value}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'gt':
      return `${key}>${value}`;
    case 'lt':
      return `${key}<${value}`;
  }
}
