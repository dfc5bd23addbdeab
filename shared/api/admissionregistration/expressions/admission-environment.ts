// CEL as admission speaks it: what an expression may name, and whether it compiles. Loaded where there is an expression.

import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import { celEnvironment, issueText, nodesIn, parseExpression } from '../../apiextensions/cel/index.ts';
import { addAuthorizer, authorizerType } from './library-authorizer.ts';

/** What conditions and rules may name, beside `authorizer`. */
export const admissionNames = ['object', 'oldObject', 'request'];
export const policyNames = ['params', 'namespaceObject', 'variables'];

/** Nothing is known of the variables' types. `mayAuthorize`: it may ask who may do what. */
export function admissionEnvironment(
  names: readonly string[] = [...admissionNames, ...policyNames],
  mayAuthorize = true,
): Environment {
  const environment = celEnvironment();
  addAuthorizer(environment);
  if (mayAuthorize) environment.registerVariable('authorizer', authorizerType);
  for (const name of names) environment.registerVariable(name, 'dyn');
  return environment;
}

/** What `has` is asked about: the library takes any field there. */
function testedFields(node: ASTNode): ASTNode[] {
  const inner = nodesIn(node.args).flatMap(testedFields);
  const [tested] = node.op === 'call' && node.args[0] === 'has' ? node.args[1] : [];
  return tested ? [tested, ...inner] : inner;
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
    const parsed = parseExpression(environment, expression);
    const { valid, type = 'dyn', error } = parsed.check();
    if (!valid) return fault(error);
    const missing = testedFields(parsed.ast).flatMap(({ start, end }) => {
      // At its place in the expression, so that it is shown there.
      const tested = environment.check(' '.repeat(start) + expression.slice(start, end)).error;
      return tested?.code === 'no_such_key' ? [tested] : [];
    });
    return missing.length > 0 ? fault(missing[0]) : { type };
  } catch (error) {
    return fault(error);
  }
}
