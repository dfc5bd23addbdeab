// The paths of discovery.

import type { DiscoveredVersion } from '../aggregation/index.ts';
import { acceptsKind } from '../representation.ts';
import type { GroupVersions, ResourceIndex } from '../resource-index.ts';
import { aggregatedGroup, aggregatedKind, aggregatedVersions, groupDiscoveryList } from './aggregated.ts';
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './api-resources.ts';

export interface Discovered {
  body: object;
  /** The media type that says which document it is; clients keep that one, and ask whether it is still the same. */
  contentType?: string;
}

export interface DiscoverySources {
  index: ResourceIndex;
  /** What other API servers serve. */
  remote: RemoteVersions;
  /** `HOST:PORT` at which clients reach this server; undefined: they are not told. */
  address: string | undefined;
}

export interface RemoteVersions {
  /** All that are discovered, in order. */
  readonly groups: readonly GroupVersions[];
  versions(): Promise<DiscoveredVersion[]>;
}

/** Undefined: the path is none of discovery's, or names a group or version that there is not. */
export async function discover(
  { index, remote, address }: DiscoverySources,
  path: string,
  accept: string | undefined,
): Promise<Discovered | undefined> {
  const parts = path.split('/').filter(Boolean);
  const [root, group = '', version = ''] = parts;
  if (root === 'api' && parts.length === 1) return coreDocument({ index, address }, accept);
  if (root === 'apis' && parts.length === 1) return rootDocument({ index, remote }, accept);
  if (root === 'api' && parts.length === 2) return plain(apiResourceList(index, '', group));
  if (root === 'apis' && parts.length === 2) return plain(apiGroup(remote.groups, group));
  if (root === 'apis' && parts.length === 3) return plain(apiResourceList(index, group, version));
  return undefined;
}

function coreDocument(
  { index, address }: Pick<DiscoverySources, 'index' | 'address'>,
  accept: string | undefined,
): Discovered {
  const version = aggregatedVersion(accept);
  return version === undefined
    ? { body: apiVersions(index, address) }
    : aggregated(groupDiscoveryList(index, version, index.groups().filter(isCore), []), version);
}

async function rootDocument(
  { index, remote }: Pick<DiscoverySources, 'index' | 'remote'>,
  accept: string | undefined,
): Promise<Discovered> {
  const version = aggregatedVersion(accept);
  if (version === undefined) return { body: apiGroupList(remote.groups) };
  const named = remote.groups.filter((each) => !isCore(each));
  return aggregated(groupDiscoveryList(index, version, named, await remote.versions()), version);
}

function isCore({ group }: GroupVersions): boolean {
  return group === '';
}

function aggregatedVersion(accept: string | undefined): string | undefined {
  return acceptsKind(accept, aggregatedKind, aggregatedGroup, aggregatedVersions);
}

function aggregated(body: object, version: string): Discovered {
  return {
    body,
    contentType: `application/json;g=${aggregatedGroup};v=${version};as=${aggregatedKind}`,
  };
}

function plain(body: object | undefined): Discovered | undefined {
  return body && { body };
}
