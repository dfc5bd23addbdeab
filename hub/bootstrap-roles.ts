// The roles that every cluster has: made at the first start and mended at each further one, as upstream does. What somebody
// took from them comes back, what somebody added stays; annotated with autoupdate "false" they are left alone.

import {
  type ClusterRole,
  type ClusterRoleBinding,
  clusterrolebindings,
  clusterroles,
  type Resource,
  type Role,
  type RoleBinding,
  rolebindings,
  roles,
} from '../shared/api/index.ts';
import type { Client } from '../shared/client/index.ts';
import { ApiError, deepEqual, type KubeObject } from '../shared/machinery/index.ts';
import { defaultRoles, notCovered } from './apiserver/rbac/index.ts';

const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';

export async function bootstrapRoles(client: Client): Promise<void> {
  await Promise.all([
    ensure(client, clusterroles, defaultRoles.clusterRoles, mendedClusterRole),
    ensure(client, clusterrolebindings, defaultRoles.clusterRoleBindings, mendedBinding),
    ensure(client, roles, defaultRoles.roles, mendedRole),
    ensure(client, rolebindings, defaultRoles.roleBindings, mendedBinding),
  ]);
}

/** `mend` answers what the object should be. */
async function ensure<T extends KubeObject>(
  client: Client,
  row: Resource<T>,
  wanted: readonly T[],
  mend: (current: T, wanted: T) => T,
): Promise<void> {
  const { items } = await client.list(row);
  const there = new Map(items.map((item) => [keyOf(item), item]));
  await Promise.all(wanted.map((object) => unlessMeanwhile(bring(object, there.get(keyOf(object))))));

  async function bring(object: T, current: T | undefined): Promise<void> {
    if (!current) return void (await client.create(row, object));
    if (current.metadata?.annotations?.[autoupdate] === 'false') return;
    const mended = mend(current, object);
    if (deepEqual(mended, current)) return;
    if (!isOfAnotherRole(mended, current)) return void (await client.update(row, mended));
    const { name = '', namespace = '' } = object.metadata ?? {};
    await client.delete(row, { name, ...(namespace && { namespace }) });
    await client.create(row, object);
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name}`;
}

/** Who is bound to another role is bound anew: that cannot be changed. */
function isOfAnotherRole(next: KubeObject, current: KubeObject): boolean {
  return 'roleRef' in next && 'roleRef' in current && !deepEqual(next.roleRef, current.roleRef);
}

/** Another hub has done the same. */
async function unlessMeanwhile(done: Promise<void>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (!ApiError.is(error, 'AlreadyExists') && !ApiError.is(error, 'Conflict')) throw error;
  }
}

function mendedRole<T extends Role | ClusterRole>(current: T, wanted: T): T {
  const has = current.rules ?? [];
  const lacks = (wanted.rules ?? []).filter((rule) => notCovered(has, [rule]).length > 0);
  return { ...withMetadata(current, wanted), ...(lacks.length > 0 && { rules: [...has, ...lacks] }) };
}

/** The rules of a role that is gathered from others are not ours. */
function mendedClusterRole(current: ClusterRole, wanted: ClusterRole): ClusterRole {
  const mended = mendedRole(current, wanted);
  if (!wanted.aggregationRule) return mended;
  const has = current.aggregationRule?.clusterRoleSelectors ?? [];
  const { clusterRoleSelectors = [] } = wanted.aggregationRule;
  const lacks = clusterRoleSelectors.filter((one) => !has.some((other) => deepEqual(one, other)));
  return { ...mended, aggregationRule: { clusterRoleSelectors: [...has, ...lacks] } };
}

function mendedBinding<T extends RoleBinding | ClusterRoleBinding>(current: T, wanted: T): T {
  const has = current.subjects ?? [];
  const isIn = ({ kind, name, namespace = '' }: (typeof has)[number]) =>
    has.some((one) => one.kind === kind && one.name === name && (one.namespace ?? '') === namespace);
  const lacks = (wanted.subjects ?? []).filter((subject) => !isIn(subject));
  return {
    ...withMetadata(current, wanted),
    roleRef: wanted.roleRef,
    ...(lacks.length > 0 && { subjects: [...has, ...lacks] }),
  };
}

function withMetadata<T extends KubeObject>(current: T, { metadata }: KubeObject): T {
  const labels = { ...current.metadata?.labels, ...metadata?.labels };
  const annotations = { ...metadata?.annotations, ...current.metadata?.annotations };
  return { ...current, metadata: { ...current.metadata, labels, annotations } };
}
