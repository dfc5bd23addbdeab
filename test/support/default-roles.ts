// The roles that every cluster has, in a store of their own.

import { type Authorizer, healthAuthorizer, mastersAuthorizer } from '../../hub/apiserver/auth/index.ts';
import { RoleBook, rbacAuthorizer, storeKey } from '../../hub/apiserver/index.ts';
import { defaultRoles } from '../../hub/apiserver/rbac/index.ts';
import { MemoryStore } from '../../hub/store/index.ts';
import {
  clusterrolebindings,
  clusterroles,
  type ResourceNames,
  rolebindings,
  roles,
} from '../../shared/api/index.ts';
import { createLog } from '../../shared/base/index.ts';
import type { KubeObject } from '../../shared/machinery/index.ts';
import { FakeClock } from './fake-clock.ts';

/** Nothing fills the roles that are gathered from others: admin, edit, view. */
export async function defaultAuthorizers(...others: Authorizer[]): Promise<Authorizer[]> {
  const store = new MemoryStore({ clock: new FakeClock() });
  await store.start();
  const put = (row: ResourceNames, objects: readonly KubeObject[]) =>
    store.commit(
      objects.map((object) => ({
        key: storeKey(row, object.metadata?.namespace, object.metadata?.name ?? ''),
        object,
      })),
    );
  await put(clusterroles, defaultRoles.clusterRoles);
  await put(clusterrolebindings, defaultRoles.clusterRoleBindings);
  await put(roles, defaultRoles.roles);
  await put(rolebindings, defaultRoles.roleBindings);
  const book = new RoleBook({ store, log: createLog('test', 'silent') });
  await book.start();
  return [mastersAuthorizer, healthAuthorizer, ...others, rbacAuthorizer(book)];
}
