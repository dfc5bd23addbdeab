// CEL about a write: `object`, `oldObject`, `request`, `params`, `namespaceObject`, `variables`.

import { admissionEnvironment } from '../../../../shared/api/admissionregistration/expressions/index.ts';
import { celValue, summaryOf, withRe2 } from '../../../../shared/api/apiextensions/cel/index.ts';
import type { Attributes } from './admission-attributes.ts';
import { requestOf } from './admission-review.ts';

type Program = (variables: Record<string, unknown>) => unknown;

/** So many expressions stay compiled. */
const mostPrograms = 1000;

function makeEvaluate(): (expression: string, variables: Readonly<Record<string, unknown>>) => unknown {
  const environment = admissionEnvironment();
  const programs = new Map<string, Program>();
  return (expression, variables) => {
    let program = programs.get(expression);
    if (!program) {
      if (programs.size >= mostPrograms) programs.clear();
      const parsed = environment.parse(expression);
      withRe2(parsed.ast);
      program = parsed;
      programs.set(expression, program);
    }
    try {
      return program({ ...variables });
    } catch (cause) {
      throw new Error(summaryOf(cause), { cause });
    }
  };
}

/** Throws an Error for what does not compile or cannot be told. */
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
