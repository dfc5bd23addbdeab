// Whether some rules allow all that others do (k8s.io/component-helpers/auth/rbac/validation/policy_comparator.go): what one
// does not hold, one cannot give to others.

import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { pathMatches } from './rule-match.ts';

/** What `wanted` allows and `held` does not, in rules of one verb on one thing each; empty: it is all there. */
export function notCovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(split).filter((part) => !held.some((rule) => covers(rule, part)));
}

/** As upstream writes rules down: one line each, the verbs on one thing together, in the lines' order. */
export function describeRules(rules: readonly PolicyRule[]): string[] {
  return [...new Set(joinVerbs(rules).map(describe))].sort();
}

function split(rule: PolicyRule): PolicyRule[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const names = resourceNames.length > 0 ? resourceNames.map((name) => [name]) : [undefined];
  const ofResources = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      names.flatMap((name) =>
        verbs.map((verb) => ({
          ...{ verbs: [verb], apiGroups: [group], resources: [resource] },
          ...(name && { resourceNames: name }),
        })),
      ),
    ),
  );
  const ofPaths = nonResourceURLs.flatMap((path) =>
    verbs.map((verb) => ({ verbs: [verb], nonResourceURLs: [path] })),
  );
  return [...ofResources, ...ofPaths];
}

/** `part` is of one verb on one thing. */
function covers(rule: PolicyRule, part: PolicyRule): boolean {
  if (!hasAll(rule.verbs, part.verbs)) return false;
  if (part.nonResourceURLs)
    return part.nonResourceURLs.every((path) =>
      (rule.nonResourceURLs ?? []).some((pattern) => pathMatches(pattern, path)),
    );
  const named = rule.resourceNames ?? [];
  return (
    hasAll(rule.apiGroups, part.apiGroups) &&
    coversResources(rule.resources ?? [], part.resources ?? []) &&
    (named.length === 0 || (part.resourceNames ?? []).some((name) => named.includes(name)))
  );
}

function hasAll(held: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return held.includes('*') || wanted.every((one) => held.includes(one));
}

function coversResources(held: readonly string[], wanted: readonly string[]): boolean {
  if (hasAll(held, wanted)) return true;
  return wanted.every((one) => held.includes(one) || held.includes(`*/${one.split('/')[1]}`));
}

function joinVerbs(rules: readonly PolicyRule[]): PolicyRule[] {
  const joined = new Map<string, PolicyRule>();
  for (const { verbs, ...thing } of rules) {
    const key = JSON.stringify(thing);
    const before = joined.get(key)?.verbs ?? [];
    joined.set(key, { ...thing, verbs: [...before, ...verbs] });
  }
  return [...joined.values()];
}

function describe(rule: PolicyRule): string {
  const { apiGroups, resources, nonResourceURLs, resourceNames, verbs } = rule;
  const fields = Object.entries({
    APIGroups: apiGroups,
    Resources: resources,
    NonResourceURLs: nonResourceURLs,
    ResourceNames: resourceNames,
    Verbs: verbs,
  });
  const shown = fields.filter(([, list]) => list?.length);
  const words = (list: readonly string[] = []) => list.map((word) => JSON.stringify(word)).join(' ');
  return `{${shown.map(([name, list]) => `${name}:[${words(list)}]`).join(', ')}}`;
}
