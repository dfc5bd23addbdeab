export { type DiscoverySources, discover, type RemoteVersions } from './discover.ts';
