// What a role allows: rules about resources, or about paths that are none.

import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { type FieldError, type FieldPath, faults } from '../../machinery/index.ts';

export function validateRules(
  rules: readonly PolicyRule[] | undefined,
  namespaced: boolean,
  path: FieldPath,
): FieldError[] {
  return (rules ?? []).flatMap((rule, index) => validateRule(rule, namespaced, path.index(index)));
}

function validateRule(rule: PolicyRule, namespaced: boolean, path: FieldPath): FieldError[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const found: FieldError[] = [];
  if (verbs.length === 0)
    found.push(faults.required(path.child('verbs'), 'verbs must contain at least one value'));
  if (nonResourceURLs.length > 0) {
    const at = path.child('nonResourceURLs');
    if (namespaced)
      found.push(faults.invalid(at, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      const detail = 'rules cannot apply to both regular resources and non-resource URLs';
      found.push(faults.invalid(at, nonResourceURLs, detail));
    }
    return found;
  }
  if (apiGroups.length === 0)
    found.push(faults.required(path.child('apiGroups'), 'resource rules must supply at least one api group'));
  if (resources.length === 0)
    found.push(faults.required(path.child('resources'), 'resource rules must supply at least one resource'));
  return found;
}
