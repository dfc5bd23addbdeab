export { notCovered } from './cover-rules.ts';
export { defaultRoles } from './default-roles.ts';
export { rbacAuthorizer } from './rbac-authorizer.ts';
export { RoleBook } from './role-book.ts';
export { type RoleEscalationOptions, roleEscalation } from './role-escalation.ts';
