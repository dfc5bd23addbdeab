// What may they do, all of it? The answer to SelfSubjectRulesReview (kubectl auth can-i --list).

import type { UserInfo } from '../request.ts';

export interface ResourceRule {
  verbs: readonly string[];
  apiGroups: readonly string[];
  resources: readonly string[];
  resourceNames?: readonly string[];
}

export interface NonResourceRule {
  verbs: readonly string[];
  nonResourceURLs: readonly string[];
}

/** What one authorizer allows somebody in a namespace. */
export interface AllowedRules {
  resourceRules?: readonly ResourceRule[];
  nonResourceRules?: readonly NonResourceRule[];
  /** Why there may be more than is told here. */
  incomplete?: string;
}

export interface SubjectRules {
  resourceRules: readonly ResourceRule[];
  nonResourceRules: readonly NonResourceRule[];
  incomplete: boolean;
  evaluationError?: string;
}

export interface RuleSource {
  readonly name: string;
  /** All that it allows somebody in a namespace; undefined: nothing. Absent: it cannot tell. */
  rules?(user: UserInfo, namespace: string): AllowedRules | undefined;
}

export type RulesFor = (user: UserInfo, namespace: string) => SubjectRules;

/** An authorizer that cannot tell makes the answer incomplete. */
export function rulesOf(authorizers: readonly RuleSource[]): RulesFor {
  return (user, namespace) => {
    const told = authorizers.map(
      ({ name, rules }): AllowedRules =>
        rules
          ? (rules(user, namespace) ?? {})
          : { incomplete: `${name} authorizer does not support user rule resolution` },
    );
    const reasons = told.flatMap(({ incomplete }) => incomplete ?? []);
    return {
      resourceRules: told.flatMap(({ resourceRules }) => resourceRules ?? []),
      nonResourceRules: told.flatMap(({ nonResourceRules }) => nonResourceRules ?? []),
      incomplete: reasons.length > 0,
      ...(reasons.length > 0 && { evaluationError: reasons.join(', ') }),
    };
  };
}
