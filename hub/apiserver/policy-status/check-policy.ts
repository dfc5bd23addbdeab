// Whether a policy's expressions fit the types that it is about (k8s.io/apiserver/pkg/admission/plugin/policy/validating/
// typechecking.go). It is advice: a policy with warnings is in force all the same.

import type { ExpressionWarning, ValidatingAdmissionPolicy } from 'kubernetes-types/admissionregistration/v1';
import { admissionEnvironment, check } from '../../../shared/api/admissionregistration/expressions/index.ts';
import type { SchemaSet } from '../../../shared/machinery/index.ts';
import { DeclaredTypes } from './declared-types.ts';

/** A Kind that a policy is about. */
export interface CheckedKind {
  /** e.g. `apps/v1, Kind=Deployment` */
  name: string;
  /** Of its objects, in the schema set. */
  type: string;
}

type Spec = NonNullable<ValidatingAdmissionPolicy['spec']>;

const requestFields = {
  ...{ name: 'string', namespace: 'string', operation: 'string', subResource: 'string', uid: 'string' },
  ...{ requestSubResource: 'string', dryRun: 'bool', options: 'dyn' },
  ...{ kind: 'kubernetes.GroupVersionKind', requestKind: 'kubernetes.GroupVersionKind' },
  ...{ resource: 'kubernetes.GroupVersionResource', requestResource: 'kubernetes.GroupVersionResource' },
  userInfo: 'kubernetes.UserInfo',
};
const userFields = {
  username: 'string',
  uid: 'string',
  groups: 'list<string>',
  extra: 'map<string, list<string>>',
};

/** `params`: the type of the policy's parameters; absent: nothing is known of them. */
export function expressionWarnings(
  { validations = [], variables = [] }: Spec,
  kinds: readonly CheckedKind[],
  schemas: SchemaSet,
  params?: string,
): ExpressionWarning[] {
  const environments = kinds.map(({ name, type }) => ({
    name,
    environment: declare(type, params, variables, schemas),
  }));
  const warn = (fieldRef: string, expression: string | undefined): ExpressionWarning[] => {
    if (!expression?.trim()) return [];
    const found = environments.flatMap(({ name, environment }) => {
      const checked = check(environment, expression);
      return 'fault' in checked ? [`${name}: ${checked.fault}`] : [];
    });
    return found.length > 0 ? [{ fieldRef, warning: found.join('\n') }] : [];
  };
  return validations.flatMap(({ expression, messageExpression }, index) => [
    ...warn(`spec.validations[${index}].expression`, expression),
    ...warn(`spec.validations[${index}].messageExpression`, messageExpression),
  ]);
}

/** Variables are of the type that their expressions answer, with those before them. */
function declare(
  type: string,
  params: string | undefined,
  variables: Spec['variables'] = [],
  schemas: SchemaSet,
) {
  const known: Record<string, string> = {};
  for (const { name, expression } of variables) {
    const checked = check(environmentOf(type, params, { ...known }, schemas), expression);
    known[name] = 'type' in checked ? checked.type : 'dyn';
  }
  return environmentOf(type, params, known, schemas);
}

function environmentOf(
  type: string,
  params: string | undefined,
  variables: Readonly<Record<string, string>>,
  schemas: SchemaSet,
) {
  const environment = admissionEnvironment([]);
  const types = new DeclaredTypes(environment, schemas);
  const object = types.declare(type);
  const group = { group: 'string', version: 'string' };
  return environment
    .registerType({ name: 'kubernetes.GroupVersionKind', fields: { ...group, kind: 'string' } })
    .registerType({ name: 'kubernetes.GroupVersionResource', fields: { ...group, resource: 'string' } })
    .registerType({ name: 'kubernetes.UserInfo', fields: userFields })
    .registerType({ name: 'kubernetes.AdmissionRequest', fields: requestFields })
    .registerType({ name: 'kubernetes.Variables', fields: { ...variables } })
    .registerVariable('object', object)
    .registerVariable('oldObject', object)
    .registerVariable('params', params ? types.declare(params) : 'dyn')
    .registerVariable('namespaceObject', types.declare('io.k8s.api.core.v1.Namespace'))
    .registerVariable('request', 'kubernetes.AdmissionRequest')
    .registerVariable('variables', 'kubernetes.Variables');
}
