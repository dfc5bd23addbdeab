// The Kind ClusterRoleBinding: who may do everywhere what a ClusterRole allows.

export type { ClusterRoleBinding } from 'kubernetes-types/rbac/v1';

import type { ClusterRoleBinding } from 'kubernetes-types/rbac/v1';
import type { Strategy } from '../resource.ts';
import { bindingColumns, defaultBinding, validateBinding, validateBindingUpdate } from './binding.ts';

export const strategy: Strategy<ClusterRoleBinding> = {
  schema: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  nameRule: 'path-segment',
  createOnUpdate: true,
  default: defaultBinding,
  validate: (binding) => validateBinding(binding, ['ClusterRole'], false),
  validateUpdate: validateBindingUpdate,
  columns: bindingColumns(
    'clusterRoleBinding',
    'RoleRef can only reference a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error. This field is immutable.',
  ),
};
