// What is served, as the table says it: the older discovery documents (/api, /apis, /apis/GROUP, /apis/GROUP/VERSION).

import { createHash } from 'node:crypto';
import type { Resource, Subresource, Verb } from '../../../shared/api/index.ts';
import { apiVersionOf } from '../../../shared/machinery/index.ts';
import type { GroupVersions, ResourceIndex } from '../resource-index.ts';
import { subresourceFacts, subresourcesInOrder } from '../subresource-verbs.ts';

export interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  group?: string;
  version?: string;
  kind: string;
  verbs: readonly Verb[];
  shortNames?: readonly string[];
  categories?: readonly string[];
  storageVersionHash?: string;
}

/** The row's own entry, then those of its subresources. */
function entriesOf(row: Resource): ApiResource[] {
  const own: ApiResource = {
    name: row.resource,
    singularName: row.singular,
    namespaced: row.namespaced,
    kind: row.kind,
    verbs: [...row.verbs].sort(),
    ...(row.shortNames.length > 0 && { shortNames: row.shortNames }),
    ...(row.categories.length > 0 && { categories: row.categories }),
    ...(!row.virtual && { storageVersionHash: storageVersionHash(row) }),
  };
  return [own, ...subresourcesInOrder(row).map((subresource) => subEntry(row, subresource))];
}

function subEntry(row: Resource, subresource: Subresource): ApiResource {
  const { verbs, kind } = subresourceFacts[subresource];
  const other =
    kind && apiVersionOf(kind) !== apiVersionOf(row) ? { group: kind.group, version: kind.version } : {};
  return {
    name: `${row.resource}/${subresource}`,
    singularName: '',
    namespaced: row.namespaced,
    ...other,
    kind: kind?.kind ?? row.kind,
    verbs,
  };
}

/** As upstream's discovery.StorageVersionHash: a client that sees it change migrates its objects. */
export function storageVersionHash({
  group,
  version,
  kind,
  storage = version,
}: Pick<Resource, 'group' | 'version' | 'kind' | 'storage'>): string {
  return createHash('sha256')
    .update(`${group}/${storage}/${kind}`)
    .digest()
    .subarray(0, 8)
    .toString('base64');
}

/** `/api/v1`, `/apis/apps/v1`; undefined: no such version. */
export function apiResourceList(index: ResourceIndex, group: string, version: string): object | undefined {
  const rows = index.inVersion(group, version);
  if (rows.length === 0) return undefined;
  const resources = rows.sort((a, b) => (a.resource < b.resource ? -1 : 1)).flatMap(entriesOf);
  return {
    kind: 'APIResourceList',
    ...(group && { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group, version }),
    resources,
  };
}

/** `/api`; upstream's `/apis` says no address, as it is its aggregator's. */
export function apiVersions(index: ResourceIndex, address: string | undefined): object {
  const core = index.groups().find(({ group }) => group === '');
  const serverAddressByClientCIDRs = address ? [{ clientCIDR: '0.0.0.0/0', serverAddress: address }] : [];
  return { kind: 'APIVersions', versions: core?.versions ?? [], serverAddressByClientCIDRs };
}

/** `/apis` */
export function apiGroupList(groups: readonly GroupVersions[]): object {
  const named = groups.filter(({ group }) => group !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(groupOf) };
}

/** `/apis/GROUP`; undefined: no such group. */
export function apiGroup(groups: readonly GroupVersions[], name: string): object | undefined {
  const found = name ? groups.find(({ group }) => group === name) : undefined;
  return found && { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(found) };
}

function groupOf({ group, versions }: GroupVersions): object {
  const named = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: named, preferredVersion: named[0] };
}
