// Role-based access: what bindings give somebody, and nothing else (k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac).

import type { PolicyRule, RoleRef } from 'kubernetes-types/rbac/v1';
import { roles } from '../../../shared/api/index.ts';
import { notFound } from '../../../shared/machinery/index.ts';
import type { AllowedRules, Authorizer } from '../auth/index.ts';
import type { UserInfo } from '../request.ts';
import type { RoleBook } from './role-book.ts';
import { ruleAllows } from './rule-match.ts';

/** Says which roles were looked for and are not there. */
export function rbacAuthorizer(book: RoleBook): Authorizer {
  return {
    name: 'rbac',
    authorize(review) {
      const missing: RoleRef[] = [];
      for (const { rules, roleRef, why } of book.grantsTo(review.user, review.namespace)) {
        if (!rules) missing.push(roleRef);
        else if (rules.some((rule) => ruleAllows(rule, review)))
          return { allowed: true, reason: `RBAC: allowed by ${why()}` };
      }
      return missing.length > 0 ? { allowed: false, reason: `RBAC: ${notThere(missing)}` } : undefined;
    },
    rules(user, namespace) {
      const { rules, missing } = rulesHeld(book, user, namespace);
      return { ...sorted(rules), ...(missing.length > 0 && { incomplete: notThere(missing) }) };
    },
  };
}

/** All that somebody may do in a namespace, or everywhere; and the roles that they were given and that are not there. */
export function rulesHeld(
  book: RoleBook,
  user: UserInfo,
  namespace: string | undefined,
): { rules: PolicyRule[]; missing: RoleRef[] } {
  const grants = [...book.grantsTo(user, namespace)];
  return {
    rules: grants.flatMap(({ rules }) => rules ?? []),
    missing: grants.flatMap(({ rules, roleRef }) => (rules ? [] : roleRef)),
  };
}

/** In the singular, as upstream's authorizer says it. */
function notThere(missing: readonly RoleRef[]): string {
  const texts = new Set(
    missing.map(
      ({ kind, name }) => notFound({ group: roles.group, resource: kind.toLowerCase() }, name).message,
    ),
  );
  return texts.size === 1 ? `${[...texts][0]}` : `[${[...texts].join(', ')}]`;
}

function sorted(rules: readonly PolicyRule[]): AllowedRules {
  const ofPaths = rules.filter(({ nonResourceURLs }) => nonResourceURLs?.length);
  const ofResources = rules.filter(({ resources }) => resources?.length);
  return {
    resourceRules: ofResources.map(({ verbs, apiGroups = [], resources = [], resourceNames }) => ({
      ...{ verbs, apiGroups, resources },
      ...(resourceNames?.length && { resourceNames }),
    })),
    nonResourceRules: ofPaths.map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
  };
}
