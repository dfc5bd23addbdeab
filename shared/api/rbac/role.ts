// The Kind Role: what may be done in one namespace.

export type { Role } from 'kubernetes-types/rbac/v1';

import type { Role } from 'kubernetes-types/rbac/v1';
import { FieldPath } from '../../machinery/index.ts';
import type { Strategy } from '../resource.ts';
import { validateRules } from './policy-rules.ts';

export const strategy: Strategy<Role> = {
  schema: 'io.k8s.api.rbac.v1.Role',
  nameRule: 'path-segment',
  createOnUpdate: true,
  validate: ({ rules }) => validateRules(rules, true, new FieldPath('rules')),
  columns: [],
};
