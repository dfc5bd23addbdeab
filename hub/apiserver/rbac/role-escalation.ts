// Nobody gives what they do not hold: who writes a role must have all that it allows, or the verb `escalate` on it; who binds
// one must have all that it allows, or the verb `bind` on it (k8s.io/kubernetes/pkg/registry/rbac).

import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import {
  type ClusterRole,
  type ClusterRoleBinding,
  clusterrolebindings,
  clusterroles,
  isOf,
  type Role,
  type RoleBinding,
  rolebindings,
  roles,
} from '../../../shared/api/index.ts';
import {
  deepEqual,
  forbidden,
  type KubeObject,
  type Live,
  notFound,
} from '../../../shared/machinery/index.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission/admission-plugin.ts';
import type { Authorize } from '../auth/index.ts';
import { describeRules, notCovered } from './cover-rules.ts';
import { rulesHeld } from './rbac-authorizer.ts';
import type { RoleBook } from './role-book.ts';

export interface RoleEscalationOptions {
  book: RoleBook;
  authorize: Authorize;
}

const rbacGroup = roles.group;

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

export function roleEscalation({ book, authorize }: RoleEscalationOptions): AdmissionPlugin {
  return {
    name: 'RoleEscalation',
    async admit(request, object, old) {
      if (!object || request.resource.group !== rbacGroup) return;
      if (request.user.groups.includes('system:masters') || isSame(object, old)) return;
      if (isOf(roles, request.resource, object)) await checkRole(request, object);
      else if (isOf(clusterroles, request.resource, object)) await checkRole(request, object, old);
      else if (
        isOf(rolebindings, request.resource, object) ||
        isOf(clusterrolebindings, request.resource, object)
      )
        await checkBinding(request, object);
    },
  };

  async function checkRole(request: AdmissionRequest, role: Role | ClusterRole, old?: Live): Promise<void> {
    if (await may(request, 'escalate', request.resource.resource, request.name)) return;
    refuseMore(request, role, role.rules ?? []);
    const gathers = [role, old].some(
      (one) => one !== undefined && 'aggregationRule' in one && one.aggregationRule,
    );
    if (gathers && missing(request, everything).length > 0)
      throw refusal(request, role, 'must have cluster-admin privileges to use the aggregationRule');
  }

  async function checkBinding(
    request: AdmissionRequest,
    binding: RoleBinding | ClusterRoleBinding,
  ): Promise<void> {
    const { roleRef } = binding;
    if (!roleRef?.name) return; // that is said by its validation
    const row = roleRef.kind === 'Role' ? roles : clusterroles;
    if (await may(request, 'bind', row.resource, roleRef.name)) return;
    const rules = book.rulesOf(roleRef, request.namespace);
    if (!rules) throw notFound(row, roleRef.name);
    refuseMore(request, binding, rules);
  }

  async function may(
    { user, namespace }: AdmissionRequest,
    verb: string,
    resource: string,
    name: string | undefined,
  ): Promise<boolean> {
    return (await authorize({ user, verb, group: rbacGroup, resource, namespace, name })).allowed;
  }

  function missing({ user, namespace }: AdmissionRequest, wanted: readonly PolicyRule[]): PolicyRule[] {
    return notCovered(rulesHeld(book, user, namespace).rules, wanted);
  }

  function refuseMore(request: AdmissionRequest, object: KubeObject, wanted: readonly PolicyRule[]): void {
    const more = missing(request, wanted);
    if (more.length === 0) return;
    const { name, groups } = request.user;
    const who = `user ${JSON.stringify(name)} (groups=[${groups.map((group) => JSON.stringify(group)).join(' ')}])`;
    const what = 'is attempting to grant RBAC permissions not currently held';
    throw refusal(request, object, `${who} ${what}:\n${describeRules(more).join('\n')}`);
  }
}

/** Whoever changes nothing of it gives nothing: owners, finalizers and labels can always be written. */
function isSame(next: KubeObject, old: Live | undefined): boolean {
  if (!old) return false;
  const given = ({ metadata: _, ...rest }: KubeObject) => rest;
  return deepEqual(given(next), given(old));
}

function refusal({ resource }: AdmissionRequest, { metadata }: KubeObject, why: string) {
  return forbidden(resource, metadata?.name ?? '', why);
}
