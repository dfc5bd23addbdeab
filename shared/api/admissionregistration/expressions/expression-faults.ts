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
  return conditions.flatMap(({ expression }, index) =>
    faultsOf(environment, expression, path.index(index).child('expression'), truth),
  );
}

export function policyExpressionFaults({ spec = {} }: ValidatingAdmissionPolicy): FieldError[] {
  const path = new FieldPath('spec');
  const { matchConditions = [], variables = [], validations = [], auditAnnotations = [] } = spec;
  const conditions = admissionEnvironment([...admissionNames, 'params', 'namespaceObject']);
  const names = variables.map(({ name = '' }) => name);
  const environment = knowing(names);
  return [
    ...inEnvironment(conditions, matchConditions, path.child('matchConditions')),
    ...variables.flatMap(({ expression }, index) => {
      const at = path.child('variables').index(index).child('expression');
      return faultsOf(knowing(names.slice(0, index)), expression, at);
    }),
    ...validations.flatMap(({ expression, messageExpression }, index) => {
      const at = path.child('validations').index(index);
      return [
        ...faultsOf(environment, expression, at.child('expression'), truth),
        ...faultsOf(environment, messageExpression, at.child('messageExpression'), text),
      ];
    }),
    ...auditAnnotations.flatMap(({ valueExpression }, index) => {
      const at = path.child('auditAnnotations').index(index).child('valueExpression');
      return faultsOf(environment, valueExpression, at, textOrNull);
    }),
  ];
}

/** The language of a policy, with the variables that have been declared by then. Nothing is known of their types. */
function knowing(variables: readonly string[]): Environment {
  const fields = Object.fromEntries(variables.map((name) => [name, 'dyn']));
  return admissionEnvironment([...admissionNames, 'params', 'namespaceObject'])
    .registerType({ name: 'Variables', fields })
    .registerVariable('variables', 'Variables');
}

/** An empty one is somebody else's to complain of. */
function faultsOf(
  environment: Environment,
  expression: string | undefined,
  path: FieldPath,
  wanted?: Wanted,
): FieldError[] {
  if (!expression?.trim()) return [];
  const checked = check(environment, expression);
  if ('fault' in checked) return [faults.invalid(path, expression, `compilation failed: ${checked.fault}`)];
  if (!wanted || checked.type === 'dyn' || wanted.types.includes(checked.type)) return [];
  return [faults.invalid(path, expression, wanted.words)];
}
