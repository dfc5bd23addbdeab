// What RoleBinding and ClusterRoleBinding share: who gets which role.

import type { RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import {
  deepEqual,
  dns1123Subdomain,
  type FieldError,
  FieldPath,
  faults,
  goStruct,
  type KubeObject,
  pathSegmentName,
} from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { named } from '../core/pod-validation/rules.ts';
import type { Column } from '../resource.ts';

export const rbacGroup = 'rbac.authorization.k8s.io';

export interface Binding extends KubeObject {
  roleRef: RoleRef;
  subjects?: Subject[];
}

/** A role is of this API's group; so are users and groups. */
export function defaultBinding(binding: Binding): void {
  binding.roleRef ??= { apiGroup: '', kind: '', name: '' };
  binding.roleRef.apiGroup ||= rbacGroup;
  for (const subject of binding.subjects ?? [])
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbacGroup;
}

/** `kinds`: which roles can be bound. */
export function validateBinding(
  binding: Binding,
  kinds: readonly string[],
  namespaced: boolean,
): FieldError[] {
  const path = new FieldPath('roleRef');
  const { apiGroup = '', kind = '', name = '' } = binding.roleRef;
  const found: FieldError[] = [];
  if (apiGroup !== rbacGroup) found.push(faults.notSupported(path.child('apiGroup'), apiGroup, [rbacGroup]));
  if (!kinds.includes(kind)) found.push(faults.notSupported(path.child('kind'), kind, kinds));
  if (name) found.push(...named(pathSegmentName, name, path.child('name')));
  else found.push(faults.required(path.child('name')));
  const subjects = new FieldPath('subjects');
  return [
    ...found,
    ...(binding.subjects ?? []).flatMap((subject, index) =>
      validateSubject(subject, namespaced, subjects.index(index)),
    ),
  ];
}

/** Who was trusted with one role is not quietly given another: delete the binding, and make a new one. */
export function validateBindingUpdate(next: Binding, old: Binding): FieldError[] {
  if (deepEqual(next.roleRef, old.roleRef)) return [];
  const { apiGroup: APIGroup, kind: Kind, name: Name } = next.roleRef ?? {};
  const shown = goStruct('rbac.RoleRef', { APIGroup, Kind, Name });
  return [faults.invalid(new FieldPath('roleRef'), shown, 'cannot change roleRef')];
}

function validateSubject(subject: Subject, namespaced: boolean, path: FieldPath): FieldError[] {
  const { kind = '', name = '', namespace = '', apiGroup = '' } = subject;
  const found = name ? [] : [faults.required(path.child('name'))];
  const group = (wanted: string) =>
    apiGroup === wanted ? [] : [faults.notSupported(path.child('apiGroup'), apiGroup, [wanted])];
  switch (kind) {
    case 'ServiceAccount':
      if (name) found.push(...named(dns1123Subdomain, name, path.child('name')));
      found.push(...group(''));
      if (!namespaced && !namespace) found.push(faults.required(path.child('namespace')));
      return found;
    case 'User':
    case 'Group':
      return [...found, ...group(rbacGroup)];
    default:
      return [...found, faults.notSupported(path.child('kind'), kind, ['ServiceAccount', 'User', 'Group'])];
  }
}

export function bindingColumns<T extends Binding>(kind: string, roleDescription: string): Column<T>[] {
  const names = (binding: Binding, of: string) =>
    (binding.subjects ?? []).filter((subject) => subject.kind === of);
  const list = (of: string) => (binding: Binding) =>
    names(binding, of)
      .map(({ name, namespace }) => (of === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
      .join(', ');
  return [
    nameColumn(),
    textColumn('Role', roleDescription, ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
    ageColumn(),
    textColumn('Users', `Users in the ${kind}`, list('User'), 'wide'),
    textColumn('Groups', `Groups in the ${kind}`, list('Group'), 'wide'),
    textColumn('ServiceAccounts', `ServiceAccounts in the ${kind}`, list('ServiceAccount'), 'wide'),
  ];
}
