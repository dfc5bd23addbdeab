// What one rule allows (k8s.io/kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go).

import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import type { AccessReview } from '../request.ts';

export type { PolicyRule };

export function ruleAllows(rule: PolicyRule, review: AccessReview): boolean {
  const { verb, path, group = '', resource = '', subresource, name = '' } = review;
  if (!has(rule.verbs, verb)) return false;
  if (path !== undefined) return (rule.nonResourceURLs ?? []).some((pattern) => pathMatches(pattern, path));
  return (
    has(rule.apiGroups, group) &&
    resourceMatches(rule.resources ?? [], resource, subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name))
  );
}

const has = (list: readonly string[] | undefined, wanted: string) =>
  list !== undefined && (list.includes(wanted) || list.includes('*'));

function resourceMatches(
  list: readonly string[],
  resource: string,
  subresource: string | undefined,
): boolean {
  if (list.includes('*')) return true;
  if (!subresource) return list.includes(resource);
  return list.includes(`${resource}/${subresource}`) || list.includes(`*/${subresource}`);
}

/** A star at the end stands for any rest. */
export function pathMatches(pattern: string, path: string): boolean {
  return pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));
}
