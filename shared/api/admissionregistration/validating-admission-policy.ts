// The Kind ValidatingAdmissionPolicy: rules in CEL that writes must meet. Bindings put it to use.

export type { ValidatingAdmissionPolicy } from 'kubernetes-types/admissionregistration/v1';

import type { ValidatingAdmissionPolicy } from 'kubernetes-types/admissionregistration/v1';
import { deepEqual } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import { defaultMatchResources } from './match-resources.ts';
import { validatePolicy, validatePolicyStatus } from './policy-validation.ts';

export const strategy: Strategy<ValidatingAdmissionPolicy> = {
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  generation: true,
  needsRevision: true,
  statusKeepsMeta: true,
  default(policy) {
    policy.spec ??= {};
    policy.spec.failurePolicy ??= 'Fail';
    if (policy.spec.matchConstraints) defaultMatchResources(policy.spec.matchConstraints);
    Object.assign(policy, { status: policy.status ?? {} });
  },
  prepareForCreate(policy) {
    Object.assign(policy, { status: {} });
  },
  prepareForStatusUpdate(next, old) {
    if (old.spec) next.spec = old.spec;
    else delete next.spec;
  },
  validate: validatePolicy,
  async validateLater(policy, old) {
    if (deepEqual(policy.spec, old?.spec)) return [];
    const { policyExpressionFaults } = await import('./expressions/index.ts');
    return policyExpressionFaults(policy);
  },
  validateStatusUpdate: validatePolicyStatus,
  columns: [
    nameColumn(),
    {
      name: 'Validations',
      type: 'integer',
      format: '',
      description: 'Validations indicates the number of validation rules defined in this configuration',
      priority: 0,
      cell: ({ spec }) => spec?.validations?.length ?? 0,
    },
    textColumn(
      'ParamKind',
      'ParamKind specifies the kind of resources used to parameterize this policy',
      ({ spec }) => (spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : '<unset>'),
    ),
    ageColumn(),
  ],
};
