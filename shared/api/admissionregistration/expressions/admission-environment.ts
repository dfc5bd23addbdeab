// CEL as admission speaks it: what an expression may name, and whether it compiles. Loaded where there is an expression.

import type { Environment } from '@marcbachmann/cel-js';
import { celEnvironment, issueText } from '../../apiextensions/cel/index.ts';

/** What conditions and rules may name. */
export const admissionNames = ['object', 'oldObject', 'request'];
export const policyNames = ['params', 'namespaceObject', 'variables'];

/** Nothing is known of the variables' types. */
export function admissionEnvironment(
  names: readonly string[] = [...admissionNames, ...policyNames],
): Environment {
  const environment = celEnvironment();
  for (const name of names) environment.registerVariable(name, 'dyn');
  return environment;
}

export type Checked = { type: string } | { fault: string };

/** The type of what the expression answers, or what is wrong with it in cel-go's words. */
export function check(environment: Environment, expression: string): Checked {
  const fault = (error: unknown) => ({
    fault: issueText(
      expression,
      error,
      new Set(environment.getDefinitions().functions.map(({ name }) => name)),
    ),
  });
  try {
    const { valid, type = 'dyn', error } = environment.parse(expression).check();
    return valid ? { type } : fault(error);
  } catch (error) {
    return fault(error);
  }
}
