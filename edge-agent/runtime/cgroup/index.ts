export { BoardCgroups } from './board-cgroups.ts';
export { Cgroup, type CgroupUsage } from './cgroup.ts';
export { type ContainerGroups, type GroupEntry, noGroup } from './container-groups.ts';
export { boardHierarchies, type Controller } from './hierarchies.ts';
export type { CgroupLimits } from './limit-writes.ts';
export { SystemdScopes } from './systemd-scopes.ts';
