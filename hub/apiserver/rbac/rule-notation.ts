// How rules of roles are written down here: short, as there are many.

import type { PolicyRule } from 'kubernetes-types/rbac/v1';

export const group = 'rbac.authorization.k8s.io';

const words = (text: string) => text.split(' ');

/** Verbs, API groups (nothing: core), resources and names, each list divided by spaces. */
export function can(verbs: string, apiGroups: string, resources: string, names?: string): PolicyRule {
  return {
    verbs: words(verbs),
    apiGroups: words(apiGroups),
    resources: words(resources),
    ...(names && { resourceNames: words(names) }),
  };
}

export const at = (verbs: string, paths: string): PolicyRule => ({
  verbs: words(verbs),
  nonResourceURLs: words(paths),
});

export const read = 'get list watch';

export const sendEvents = can('create patch update', ' events.k8s.io', 'events');
