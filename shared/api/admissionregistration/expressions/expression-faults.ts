// Expressions of webhooks and policies that do not compile, or answer what they may not. Loaded only where there are some.

import type { Environment } from '@marcbachmann/cel-js';
import type { MatchCondition, ValidatingAdmissionPolicy } from 'kubernetes-types/admissionregistration/v1';
import { type FieldError, FieldPath, faults } from '../../../machinery/index.ts';
import { admissionEnvironment, admissionNames, check } from './admission-environment.ts';

interface Wanted {
  types: readonly string[];
  words: string;
}

const truth: Wanted = { types: ['bool'], words: 'must evaluate to bool' };
const text: Wanted = { types: ['string'], words: 'must evaluate to string' };
const textOrNull: Wanted = { types: ['string', 'null'], words: 'must evaluate to one of [string null_type]' };

export function conditionFaults(conditions: readonly MatchCondition[], path: FieldPath): FieldError[] {
  if (conditions.length === 0) return [];
  return inEnvironment(admissionEnvironment(admissionNames), conditions, path);
}

function inEnvironment(
  environment: Environment,
  conditions: readonly MatchCondition[],
  path: FieldPath,
): FieldError[] {
  return conditions.flatMap(
    ({ expression }, index) =>
      checked(environment, expression, path.index(index).child('expression'), truth).found,
  );
}

export function policyExpressionFaults({ spec = {} }: ValidatingAdmissionPolicy): FieldError[] {
  const path = new FieldPath('spec');
  const { matchConditions = [], variables = [], validations = [], auditAnnotations = [] } = spec;
  const names = [...admissionNames, 'namespaceObject', ...(spec.paramKind ? ['params'] : [])];
  const found = inEnvironment(admissionEnvironment(names), matchConditions, path.child('matchConditions'));
  const types: Record<string, string> = {};
  variables.forEach(({ name = '', expression }, index) => {
    const at = path.child('variables').index(index).child('expression');
    const variable = checked(knowing(names, types), expression, at);
    found.push(...variable.found);
    types[name] = variable.type;
  });
  const hasVariables = variables.length > 0;
  const environment = hasVariables ? knowing(names, types) : admissionEnvironment(names);
  const inMessages = hasVariables ? knowing(names, types, false) : admissionEnvironment(names, false);
  validations.forEach(({ expression, messageExpression }, index) => {
    const at = path.child('validations').index(index);
    found.push(
      ...checked(environment, expression, at.child('expression'), truth).found,
      ...checked(inMessages, messageExpression, at.child('messageExpression'), text).found,
    );
  });
  auditAnnotations.forEach(({ valueExpression }, index) => {
    const at = path.child('auditAnnotations').index(index).child('valueExpression');
    found.push(...checked(environment, valueExpression, at, textOrNull).found);
  });
  return found;
}

/** The language of a policy, with the variables that have been declared by then, and what they answer. */
function knowing(
  names: readonly string[],
  fields: Readonly<Record<string, string>>,
  mayAuthorize = true,
): Environment {
  return admissionEnvironment(names, mayAuthorize)
    .registerType({ name: 'Variables', fields: { ...fields } })
    .registerVariable('variables', 'Variables');
}

/** An empty one is somebody else's to complain of. */
function checked(
  environment: Environment,
  expression: string | undefined,
  path: FieldPath,
  wanted?: Wanted,
): { found: FieldError[]; type: string } {
  if (!expression?.trim()) return { found: [], type: 'dyn' };
  const checked = check(environment, expression);
  if ('fault' in checked)
    return {
      found: [faults.invalid(path, expression, `compilation failed: ${checked.fault}`)],
      type: 'dyn',
    };
  const { type } = checked;
  const fits = !wanted || type === 'dyn' || wanted.types.includes(type);
  return { found: fits ? [] : [faults.invalid(path, expression, wanted.words)], type };
}
