// What a policy's expressions say about a write (k8s.io/apiserver/pkg/admission/plugin/policy/validating/validator.go).

import { celValue } from '../../../../shared/api/apiextensions/cel/index.ts';
import type { ValidatingAdmissionPolicy } from '../../../../shared/api/index.ts';
import type { KubeObject } from '../../../../shared/machinery/index.ts';
import type { Authorize } from '../../pipeline.ts';
import type { Attributes } from './admission-attributes.ts';
import { AdmissionExpressions } from './admission-cel.ts';
import { conditionsHold } from './match-conditions.ts';

export type PolicySpec = NonNullable<ValidatingAdmissionPolicy['spec']>;
type Validation = NonNullable<PolicySpec['validations']>[number];

/** A write that a policy is against. */
export interface Objection {
  message: string;
  reason?: string;
}

const longestMessage = 5 * 1024;

/** Empty: nothing is against it. */
export async function objectionsTo(
  { matchConditions = [], variables = [], validations = [], failurePolicy }: PolicySpec,
  attributes: Attributes,
  params: KubeObject | undefined,
  namespace: KubeObject | undefined,
  authorize: Authorize,
): Promise<Objection[]> {
  const lenient = failurePolicy === 'Ignore';
  const more = {
    params: celValue(params, undefined),
    namespaceObject: celValue(namespace, undefined),
  };
  const held = await conditionsHold(matchConditions, attributes, authorize, more);
  if ('fault' in held) return lenient ? [] : [{ message: held.fault }];
  if (!held.hold) return [];
  const known = new Map<string, unknown>();
  const all = { ...more, variables: known };
  const expressions = new AdmissionExpressions(attributes, authorize);
  const broken = new Map<string, string>();
  for (const { name, expression } of variables) {
    try {
      known.set(name, await expressions.evaluate(expression, all));
    } catch (error) {
      broken.set(name, `composited variable "${name}" fails to evaluate: ${textOf(error)}`);
    }
  }
  const found: Objection[] = [];
  for (const validation of validations) {
    const objection = await objectionOf(validation, expressions, all, broken, lenient);
    if (objection) found.push(objection);
  }
  return found;
}

async function objectionOf(
  validation: Validation,
  expressions: AdmissionExpressions,
  variables: Readonly<Record<string, unknown>>,
  broken: ReadonlyMap<string, string>,
  lenient: boolean,
): Promise<Objection | undefined> {
  const { expression, reason } = validation;
  try {
    if ((await expressions.evaluate(expression, variables)) === true) return undefined;
  } catch (error) {
    if (lenient) return undefined;
    const used = [...broken].find(([name]) => expression.includes(`variables.${name}`));
    return { message: `expression '${expression}' resulted in error: ${used?.[1] ?? textOf(error)}` };
  }
  return { message: await messageOf(validation, expressions, variables), ...(reason && { reason }) };
}

async function messageOf(
  { expression, message, messageExpression }: Validation,
  expressions: AdmissionExpressions,
  variables: Readonly<Record<string, unknown>>,
): Promise<string> {
  const fallback = message?.trim() || `failed expression: ${expression.trim()}`;
  if (!messageExpression) return fallback;
  try {
    const made = await expressions.evaluate(messageExpression, variables);
    if (typeof made !== 'string' || !made.trim() || made.length > longestMessage) return fallback;
    return /[\r\n]/.test(made) ? fallback : made.trim();
  } catch {
    // As upstream: a message that cannot be made is not a reason to say less.
    return fallback;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
