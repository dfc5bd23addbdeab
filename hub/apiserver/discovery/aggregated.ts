// Aggregated discovery (KEP-3352): everything that is served in two documents, for clients that ask for it by Accept.

import type { Resource, Subresource } from '../../../shared/api/index.ts';
import type { DiscoveredVersion } from '../aggregation/index.ts';
import type { GroupVersions, ResourceIndex } from '../resource-index.ts';
import { subresourceFacts, subresourcesInOrder } from '../subresource-verbs.ts';
import { remoteVersion } from './remote-version.ts';

export const aggregatedKind = 'APIGroupDiscoveryList';
export const aggregatedGroup = 'apidiscovery.k8s.io';
export const aggregatedVersions = ['v2', 'v2beta1'];

/** Of these groups. `version` is one of `aggregatedVersions`; `remote`, what other servers serve. */
export function groupDiscoveryList(
  index: ResourceIndex,
  version: string,
  groups: readonly GroupVersions[],
  remote: readonly DiscoveredVersion[],
): object {
  const elsewhere = new Map(remote.map((each) => [`${each.group}/${each.version}`, each]));
  return {
    kind: aggregatedKind,
    apiVersion: `${aggregatedGroup}/${version}`,
    metadata: {},
    items: groups.map(({ group, versions }) => ({
      metadata: { ...(group && { name: group }), creationTimestamp: null },
      versions: versions.map((name) => {
        const other = elsewhere.get(`${group}/${name}`);
        return other ? remoteVersion(other) : versionDiscovery(index, group, name);
      }),
    })),
  };
}

function versionDiscovery(index: ResourceIndex, group: string, version: string): object {
  return {
    version,
    resources: index
      .inVersion(group, version)
      .sort((a, b) => (a.resource < b.resource ? -1 : 1))
      .map(resourceDiscovery),
    freshness: 'Current',
  };
}

function resourceDiscovery(row: Resource): object {
  return {
    resource: row.resource,
    responseKind: { group: row.group, version: row.version, kind: row.kind },
    scope: row.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: row.singular,
    verbs: [...row.verbs].sort(),
    ...(row.shortNames.length > 0 && { shortNames: row.shortNames }),
    ...(row.categories.length > 0 && { categories: row.categories }),
    ...(row.subresources.length > 0 && {
      subresources: subresourcesInOrder(row).map((subresource) => subresourceDiscovery(row, subresource)),
    }),
  };
}

function subresourceDiscovery({ group, version, kind }: Resource, subresource: Subresource): object {
  const facts = subresourceFacts[subresource];
  return { subresource, responseKind: facts.kind ?? { group, version, kind }, verbs: facts.verbs };
}
