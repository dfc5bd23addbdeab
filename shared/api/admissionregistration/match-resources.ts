// Which objects a ValidatingAdmissionPolicy, or its binding, is about.

import type { MatchResources, NamedRuleWithOperations } from 'kubernetes-types/admissionregistration/v1';
import {
  type FieldError,
  type FieldPath,
  faults,
  pathSegmentName,
  validateLabelSelector,
} from '../../machinery/index.ts';
import { named, oneOf, required } from '../core/pod-validation/rules.ts';
import { defaultRule, validateRule } from './rules.ts';
import { matchPolicies } from './webhooks.ts';

export function defaultMatchResources(match: MatchResources): void {
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])])
    defaultRule(rule);
}

export function validateMatchResources(match: MatchResources, path: FieldPath): FieldError[] {
  const policy = path.child('matchPolicy');
  return [
    ...(match.matchPolicy === undefined
      ? [faults.required(policy)]
      : oneOf(match.matchPolicy, matchPolicies, policy)),
    ...required(match.namespaceSelector, path.child('namespaceSelector')),
    ...validateLabelSelector(match.namespaceSelector, path.child('namespaceSelector')),
    ...required(match.objectSelector, path.child('objectSelector')),
    ...validateLabelSelector(match.objectSelector, path.child('objectSelector')),
    ...validateNamedRules(match.resourceRules ?? [], path.child('resourceRules')),
    ...validateNamedRules(match.excludeResourceRules ?? [], path.child('excludeResourceRules')),
  ];
}

function validateNamedRules(rules: readonly NamedRuleWithOperations[], path: FieldPath): FieldError[] {
  return rules.flatMap((rule, index) => {
    const names = rule.resourceNames ?? [];
    const at = path.index(index).child('resourceNames');
    return [
      ...names.flatMap((name, position) => [
        ...named(pathSegmentName, name, at.index(position)),
        ...(names.indexOf(name) < position ? [faults.duplicate(at.index(position), name)] : []),
      ]),
      ...validateRule(rule, path.index(index)),
    ];
  });
}
