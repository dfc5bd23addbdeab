export { type DiscoverySources, discover, type RemoteVersions } from './discover.ts';
export { groupsOf } from './remote-groups.ts';
