// What of which requests is logged: the first rule that matches says it (k8s.io/apiserver/pkg/audit/policy/checker.go).

import type { UserInfo } from '../request.ts';
import type { OtherPath, ResourcePath } from '../rest-path.ts';

export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;

export type Level = (typeof levels)[number];
export type Stage = (typeof stages)[number];

export interface GroupResources {
  group?: string;
  resources?: readonly string[];
  resourceNames?: readonly string[];
}

export interface PolicyRule {
  level: Level;
  users?: readonly string[];
  userGroups?: readonly string[];
  verbs?: readonly string[];
  resources?: readonly GroupResources[];
  namespaces?: readonly string[];
  nonResourceURLs?: readonly string[];
  omitStages?: readonly Stage[];
  omitManagedFields?: boolean;
}

/** audit.k8s.io/v1 Policy */
export interface AuditPolicy {
  rules: readonly PolicyRule[];
  omitStages?: readonly Stage[];
  omitManagedFields?: boolean;
}

/** What is logged of one request. */
export interface Scope {
  level: Level;
  omitStages: readonly Stage[];
  omitManagedFields: boolean;
}

/** A request that no rule matches is not logged. */
export function scopeOf(
  { rules, omitStages = [], omitManagedFields = false }: AuditPolicy,
  user: UserInfo,
  path: ResourcePath | OtherPath,
): Scope {
  const rule = rules.find((each) => matches(each, user, path));
  if (!rule) return { level: 'None', omitStages, omitManagedFields };
  return {
    level: rule.level,
    omitStages: [...omitStages, ...(rule.omitStages ?? [])],
    omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
  };
}

const names = (list: readonly string[] = []) => (list.length > 0 ? list : undefined);

function matches(rule: PolicyRule, user: UserInfo, path: ResourcePath | OtherPath): boolean {
  if (names(rule.users)?.includes(user.name) === false) return false;
  if (names(rule.userGroups)?.some((group) => user.groups.includes(group)) === false) return false;
  if (names(rule.verbs)?.includes(path.verb) === false) return false;
  const { namespaces = [], resources = [], nonResourceURLs = [] } = rule;
  if (namespaces.length > 0 || resources.length > 0)
    return path.type === 'resource' && matchesResource(namespaces, resources, path);
  if (nonResourceURLs.length > 0)
    return path.type === 'other' && nonResourceURLs.some((url) => matchesUrl(url, path.path));
  return true;
}

/** What has no namespace is in the one that is called ''. */
function matchesResource(
  namespaces: readonly string[],
  resources: readonly GroupResources[],
  path: ResourcePath,
): boolean {
  if (names(namespaces)?.includes(path.namespace ?? '') === false) return false;
  return resources.length === 0 || resources.some((each) => covers(each, path));
}

function covers(
  { group = '', resources = [], resourceNames = [] }: GroupResources,
  { group: asked, resource, subresource = '', name = '' }: ResourcePath,
): boolean {
  if (group !== asked) return false;
  if (resources.length === 0) return true;
  if (names(resourceNames)?.includes(name) === false) return false;
  const whole = subresource ? `${resource}/${subresource}` : resource;
  return resources.some(
    (each) =>
      each === '*' ||
      each === whole ||
      each === `${resource}/*` ||
      (subresource !== '' && each === `*/${subresource}`),
  );
}

function matchesUrl(url: string, path: string): boolean {
  if (url === '*' || url === path) return true;
  return url.endsWith('*') && path.startsWith(url.replace(/\*+$/, ''));
}
