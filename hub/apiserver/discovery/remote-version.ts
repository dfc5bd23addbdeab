// What another server serves of one version, in the form of aggregated discovery.

import type { DiscoveredVersion } from '../aggregation/index.ts';

/** Stale: its server does not say now what it serves. */
export function remoteVersion({ group, version, resources, stale }: DiscoveredVersion): object {
  const entries = resources.flatMap((entry) => {
    const name = textOf(entry.name);
    return name.includes('/') ? [] : [{ name, entry }];
  });
  return {
    version,
    resources: entries.map(({ name, entry }) => {
      const subresources = resources.filter((each) => textOf(each.name).startsWith(`${name}/`));
      return {
        resource: name,
        responseKind: kindOf(entry, group, version),
        scope: entry.namespaced === true ? 'Namespaced' : 'Cluster',
        singularResource: textOf(entry.singularName),
        ...partsOf(entry),
        ...(subresources.length > 0 && {
          subresources: subresources.map((each) => ({
            subresource: textOf(each.name).slice(name.length + 1),
            responseKind: kindOf(each, group, version),
            verbs: each.verbs ?? [],
          })),
        }),
      };
    }),
    freshness: stale ? 'Stale' : 'Current',
  };
}

function partsOf(entry: Record<string, unknown>): object {
  const { verbs = [], shortNames, categories } = entry;
  return { verbs, ...(shortNames ? { shortNames } : {}), ...(categories ? { categories } : {}) };
}

function kindOf(entry: Record<string, unknown>, group: string, version: string): object {
  return {
    group: textOf(entry.group) || group,
    version: textOf(entry.version) || version,
    kind: textOf(entry.kind),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
