// The paths of discovery.

import { acceptsKind } from '../representation.ts';
import type { ResourceIndex } from '../resource-index.ts';
import { aggregatedGroup, aggregatedKind, aggregatedVersions, groupDiscoveryList } from './aggregated.ts';
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './api-resources.ts';

export interface Discovered {
  body: object;
  /** The media type that says which document it is. */
  contentType: string;
  /** Clients keep it, and ask whether it is still the same. */
  isKept?: true;
}

const json = 'application/json';

/** Undefined: the path is none of discovery's, or names a group or version that there is not. */
export function discover(
  index: ResourceIndex,
  path: string,
  accept: string | undefined,
): Discovered | undefined {
  const parts = path.split('/').filter(Boolean);
  const [root, group = '', version = ''] = parts;
  if (root === 'api' && parts.length === 1) return rootDocument(index, accept, true);
  if (root === 'apis' && parts.length === 1) return rootDocument(index, accept, false);
  if (root === 'api' && parts.length === 2) return plain(apiResourceList(index, '', group));
  if (root === 'apis' && parts.length === 2) return plain(apiGroup(index, group));
  if (root === 'apis' && parts.length === 3) return plain(apiResourceList(index, group, version));
  return undefined;
}

function rootDocument(
  index: ResourceIndex,
  accept: string | undefined,
  core: boolean,
): Discovered | undefined {
  const version = acceptsKind(accept, aggregatedKind, aggregatedGroup, aggregatedVersions);
  if (version === undefined) return plain(core ? apiVersions(index) : apiGroupList(index));
  const contentType = `${json};g=${aggregatedGroup};v=${version};as=${aggregatedKind}`;
  return { body: groupDiscoveryList(index, version, core), contentType, isKept: true };
}

function plain(body: object | undefined): Discovered | undefined {
  return body && { body, contentType: json };
}
