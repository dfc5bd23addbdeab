// CEL about a write: `object`, `oldObject`, `request`, `params`, `namespaceObject`, `variables`.

import { admissionEnvironment } from '../../../../shared/api/admissionregistration/expressions/index.ts';
import {
  celValue,
  type RuleFacts,
  readUntypedTree,
  summaryOf,
} from '../../../../shared/api/apiextensions/cel/index.ts';
import type { Attributes } from './admission-attributes.ts';
import { requestOf } from './admission-review.ts';

interface Program {
  facts: RuleFacts;
  run(variables: Record<string, unknown>): unknown;
}

/** So many expressions stay compiled. */
const mostPrograms = 1000;
/** Steps that one expression may take, by an estimate from above: what takes more would hold up everybody. */
const mostSteps = 10_000_000;

function makeEvaluate(): (expression: string, variables: Readonly<Record<string, unknown>>) => unknown {
  const environment = admissionEnvironment();
  const programs = new Map<string, Program>();
  return (expression, variables) => {
    let program = programs.get(expression);
    if (!program) {
      if (programs.size >= mostPrograms) programs.clear();
      const run = environment.parse(expression);
      program = { facts: readUntypedTree(run.ast), run };
      programs.set(expression, program);
    }
    refuseCost(program.facts, variables);
    try {
      return program.run({ ...variables });
    } catch (cause) {
      throw new Error(summaryOf(cause), { cause });
    }
  };
}

/** Loops that lie in one another may each go over the largest list there is. */
function refuseCost({ size, depth }: RuleFacts, variables: Readonly<Record<string, unknown>>): void {
  if (depth < 2) return;
  const largest = Object.values(variables).reduce<number>((most, value) => largestIn(value, most), 1);
  if (size * largest ** depth > mostSteps) throw new Error('operation cancelled: actual cost limit exceeded');
}

function largestIn(value: unknown, least: number): number {
  const inner = value instanceof Map ? [...value.values()] : Array.isArray(value) ? value : undefined;
  if (!inner) return least;
  return inner.reduce<number>((most, each) => largestIn(each, most), Math.max(least, inner.length));
}

/** Throws an Error for what does not compile, costs too much or cannot be told. */
export const evaluate = makeEvaluate();

export function admissionVariables(attributes: Attributes): Record<string, unknown> {
  const { object, oldObject, options, ...request } = requestOf(attributes);
  return {
    object: celValue(object, undefined),
    oldObject: celValue(oldObject, undefined),
    request: celValue({ ...request, options }, undefined),
    params: null,
    namespaceObject: null,
    variables: new Map(),
  };
}
