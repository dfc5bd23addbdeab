// The Kind RoleBinding: who may do in this namespace what a Role, or a ClusterRole, allows.

export type { RoleBinding } from 'kubernetes-types/rbac/v1';

import type { RoleBinding } from 'kubernetes-types/rbac/v1';
import type { Strategy } from '../resource.ts';
import { bindingColumns, defaultBinding, validateBinding, validateBindingUpdate } from './binding.ts';

export const strategy: Strategy<RoleBinding> = {
  schema: 'io.k8s.api.rbac.v1.RoleBinding',
  nameRule: 'path-segment',
  createOnUpdate: true,
  default: defaultBinding,
  validate: (binding) => validateBinding(binding, ['Role', 'ClusterRole'], true),
  validateUpdate: validateBindingUpdate,
  columns: bindingColumns(
    'roleBinding',
    'RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error. This field is immutable.',
  ),
};
