// What the server serves: from aggregated discovery in two requests, or, where a server has none, group by group.

import { isRecord } from '../../../shared/machinery/index.ts';
import type { Api } from '../api.ts';
import { listAt, textAt, valueAt } from '../json.ts';
import type { ResourceType } from './resource-type.ts';

const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

/** In the server's order: core first, each group's preferred version before its others. */
export async function readTypes(api: Api): Promise<ResourceType[]> {
  const roots = await Promise.all(['/api', '/apis'].map((path) => api.call(path, { accept: aggregated })));
  const types = await Promise.all(roots.map(({ body }) => typesOf(api, body)));
  return types.flat();
}

async function typesOf(api: Api, body: unknown): Promise<ResourceType[]> {
  if (textAt(body, 'kind') === 'APIGroupDiscoveryList') return aggregatedTypes(body);
  const paths =
    textAt(body, 'kind') === 'APIVersions'
      ? listAt(body, 'versions').map((version) => ({
          group: '',
          version: String(version),
          path: `/api/${version}`,
        }))
      : listAt(body, 'groups').flatMap((group) =>
          listAt(group, 'versions').map((entry) => ({
            group: textAt(group, 'name'),
            version: textAt(entry, 'version'),
            path: `/apis/${textAt(entry, 'groupVersion')}`,
          })),
        );
  const lists = await Promise.all(
    paths.map(async ({ group, version, path }) => plainTypes((await api.call(path)).body, group, version)),
  );
  return lists.flat();
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function aggregatedTypes(body: unknown): ResourceType[] {
  return listAt(body, 'items').flatMap((group) =>
    listAt(group, 'versions').flatMap((version) =>
      listAt(version, 'resources')
        .filter(isRecord)
        .map((resource) => ({
          group: textAt(group, 'metadata', 'name'),
          version: textAt(version, 'version'),
          kind: textAt(resource, 'responseKind', 'kind'),
          resource: textAt(resource, 'resource'),
          singular: textAt(resource, 'singularResource'),
          shortNames: texts(resource.shortNames),
          categories: texts(resource.categories),
          namespaced: resource.scope === 'Namespaced',
          verbs: texts(resource.verbs),
        })),
    ),
  );
}

function plainTypes(body: unknown, group: string, version: string): ResourceType[] {
  return listAt(body, 'resources')
    .filter((resource) => !textAt(resource, 'name').includes('/'))
    .map((resource) => ({
      group,
      version,
      kind: textAt(resource, 'kind'),
      resource: textAt(resource, 'name'),
      singular: textAt(resource, 'singularName'),
      shortNames: texts(valueAt(resource, 'shortNames')),
      categories: texts(valueAt(resource, 'categories')),
      namespaced: valueAt(resource, 'namespaced') === true,
      verbs: texts(valueAt(resource, 'verbs')),
    }));
}
