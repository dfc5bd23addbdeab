// Which pods a quota is about: those in all of its scopes.

import type { Pod, ResourceQuota } from 'kubernetes-types/core/v1';
import { type KubeObject, selectorFrom } from '../../machinery/index.ts';
import { isOf } from '../is-of.ts';
import type { ResourceNames } from '../resource.ts';
import { pods } from '../resources.ts';

interface Scope {
  scopeName: string;
  operator: string;
  values?: string[];
}

/** Scopes are about pods: a quota that has some is about nothing else. */
export function inScopes(quota: ResourceQuota, resource: ResourceNames, object: KubeObject): boolean {
  const scopes = scopesOf(quota);
  if (scopes.length === 0) return true;
  return isOf(pods, resource, object) && scopes.every((scope) => isInScope(object, scope));
}

/** `scopes` and the selector say the same in two ways. */
function scopesOf({ spec }: ResourceQuota): Scope[] {
  const plain = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  return [...plain, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

function isInScope(pod: Pod, scope: Scope): boolean {
  const { spec, status } = pod;
  switch (scope.scopeName) {
    case 'Terminating':
      return isBounded(pod);
    case 'NotTerminating':
      return !isBounded(pod);
    case 'BestEffort':
      return status?.qosClass === 'BestEffort';
    case 'NotBestEffort':
      return status?.qosClass !== 'BestEffort';
    case 'PriorityClass':
      return hasPriority(spec?.priorityClassName, scope);
    case 'CrossNamespacePodAffinity':
      return looksElsewhere(pod);
    default:
      return false;
  }
}

function isBounded({ spec }: Pod): boolean {
  return (spec?.activeDeadlineSeconds ?? -1) >= 0;
}

function hasPriority(name: string | undefined, { operator, values }: Scope): boolean {
  const key = 'PriorityClass';
  const selector = selectorFrom({ matchExpressions: [{ key, operator, ...(values && { values }) }] });
  return selector.matches(name ? { [key]: name } : {});
}

/** A term that looks at pods of other namespaces. */
function looksElsewhere({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((affinity) => {
    const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const terms = [...required, ...preferred.map(({ podAffinityTerm }) => podAffinityTerm)];
    return terms.some((term) => (term.namespaces?.length ?? 0) > 0 || term.namespaceSelector !== undefined);
  });
}
