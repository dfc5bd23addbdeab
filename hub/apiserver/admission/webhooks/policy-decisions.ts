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
type Annotation = NonNullable<PolicySpec['auditAnnotations']>[number];

/** A write that a policy is against. */
export interface Objection {
  message: string;
  reason?: string;
  /** Of the expression that objects. */
  index: number;
}

export interface PolicyDecision {
  /** Empty: nothing is against the write. */
  objections: Objection[];
  /** For the audit log: key → value. */
  annotations: [key: string, value: string][];
  /** Why what is for the audit log cannot be told, which denies the write whatever a binding's actions are. */
  failures: string[];
}

const longestMessage = 5 * 1024;
const longestAnnotation = 10 * 1024;

export async function decide(
  {
    matchConditions = [],
    variables = [],
    validations = [],
    auditAnnotations = [],
    failurePolicy,
  }: PolicySpec,
  attributes: Attributes,
  params: KubeObject | undefined,
  namespace: KubeObject | undefined,
  authorize: Authorize,
): Promise<PolicyDecision> {
  const nothing: PolicyDecision = { objections: [], annotations: [], failures: [] };
  const lenient = failurePolicy === 'Ignore';
  const more = {
    params: celValue(params, undefined),
    namespaceObject: celValue(namespace, undefined),
  };
  const held = await conditionsHold(matchConditions, attributes, authorize, more);
  if ('fault' in held)
    return lenient ? nothing : { ...nothing, objections: [{ message: held.fault, index: 0 }] };
  if (!held.hold) return nothing;
  const expressions = new AdmissionExpressions(attributes, authorize);
  const all = { ...more, variables: expressions.composited(variables, more) };
  const objections: Objection[] = [];
  for (const [index, validation] of validations.entries()) {
    const objection = await objectionOf(validation, expressions, all, lenient);
    if (objection) objections.push({ ...objection, index });
  }
  const annotations: PolicyDecision['annotations'] = [];
  const failures: string[] = [];
  for (const annotation of auditAnnotations) {
    const told = await toldBy(annotation, expressions, all);
    if ('value' in told) annotations.push([annotation.key, told.value]);
    else if ('fault' in told && (told.always || !lenient)) failures.push(told.fault);
  }
  return { objections, annotations, failures };
}

type Told = { value: string } | { fault: string; always?: boolean } | { nothing: true };

async function toldBy(
  { valueExpression }: Annotation,
  expressions: AdmissionExpressions,
  variables: Readonly<Record<string, unknown>>,
): Promise<Told> {
  let value: unknown;
  try {
    value = await expressions.evaluate(valueExpression, variables);
  } catch (error) {
    return { fault: `expression '${valueExpression}' resulted in error: ${textOf(error)}` };
  }
  if (value === null || (typeof value === 'string' && !value.trim())) return { nothing: true };
  if (typeof value === 'string') return { value: value.trim().slice(0, longestAnnotation) };
  const fault = `valueExpression '${valueExpression}' resulted in unsupported return type: ${typeof value}. Return type must be either string or null.`;
  return { fault, always: true };
}

async function objectionOf(
  validation: Validation,
  expressions: AdmissionExpressions,
  variables: Readonly<Record<string, unknown>>,
  lenient: boolean,
): Promise<Omit<Objection, 'index'> | undefined> {
  const { expression, reason } = validation;
  try {
    if ((await expressions.evaluate(expression, variables)) === true) return undefined;
  } catch (error) {
    if (lenient) return undefined;
    return { message: `expression '${expression}' resulted in error: ${textOf(error)}` };
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
