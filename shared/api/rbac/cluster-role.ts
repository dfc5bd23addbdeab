// The Kind ClusterRole: what may be done everywhere, or in the namespaces that bind it. Its rules may be gathered from
// other ClusterRoles by their labels.

export type { ClusterRole } from 'kubernetes-types/rbac/v1';

import type { AggregationRule, ClusterRole } from 'kubernetes-types/rbac/v1';
import { type FieldError, FieldPath, faults, validateLabelSelector } from '../../machinery/index.ts';
import type { Strategy } from '../resource.ts';
import { validateRules } from './policy-rules.ts';

export const strategy: Strategy<ClusterRole> = {
  schema: 'io.k8s.api.rbac.v1.ClusterRole',
  nameRule: 'path-segment',
  createOnUpdate: true,
  validate: ({ rules, aggregationRule }) => [
    ...validateRules(rules, false, new FieldPath('rules')),
    ...(aggregationRule ? validateAggregation(aggregationRule) : []),
  ],
  columns: [],
};

function validateAggregation({ clusterRoleSelectors = [] }: AggregationRule): FieldError[] {
  const path = new FieldPath('aggregationRule').child('clusterRoleSelectors');
  if (clusterRoleSelectors.length === 0)
    return [faults.required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  return clusterRoleSelectors.flatMap((selector, index) => {
    const wrong = validateLabelSelector(selector, path.index(index));
    const unusable = faults.invalid(path.index(index), null, 'invalid label selector.');
    return wrong.length > 0 ? [...wrong, unusable] : [];
  });
}
