// The rows of a definition: one for each version that is served.

import {
  type CustomResourceDefinition,
  type DefinitionVersion,
  storageVersion,
} from '../../../shared/api/apiextensions/index.ts';
import { compareVersions, type Resource, type Subresource, type Verb } from '../../../shared/api/index.ts';
import type { ObjectType, SchemaSet } from '../../../shared/machinery/index.ts';
import type { Convert } from './conversion.ts';
import { customStrategy } from './custom-strategy.ts';
import { typesOf } from './field-types.ts';

const verbs: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

export interface CustomRows {
  /** The preferred version first. */
  rows: Resource[];
  /** The types that their strategies name. */
  types: Map<string, ObjectType>;
}

/** What objects are read with. */
export interface Reading {
  convert: Convert;
  schemas: SchemaSet;
}

export function customRows(definition: CustomResourceDefinition, reading: Reading): CustomRows {
  // What is to be deleted has to be reached once more.
  const going = definition.metadata?.deletionTimestamp !== undefined;
  const versions = definition.spec.versions
    .filter(({ served, storage }) => served || (going && storage))
    .sort((one, other) => compareVersions(one.name, other.name));
  const types = versions.flatMap((version) => [
    ...typesOf(typeNameOf(definition, version), version.schema?.openAPIV3Schema ?? {}),
  ]);
  return { rows: versions.map((version) => rowOf(definition, version, reading)), types: new Map(types) };
}

/** As upstream names it: the group's parts turned around, e.g. `com.example.stable.v1.CronTab`. */
function typeNameOf(
  { spec: { group, names } }: CustomResourceDefinition,
  { name }: DefinitionVersion,
): string {
  return [...group.split('.').reverse(), name, names.kind].join('.');
}

/** Names are those that were accepted: what somebody else has is not taken. */
function rowOf(definition: CustomResourceDefinition, version: DefinitionVersion, reading: Reading): Resource {
  const { spec, status } = definition;
  const names = status?.acceptedNames?.plural ? status.acceptedNames : spec.names;
  const typeName = typeNameOf(definition, version);
  const deprecation = deprecationOf(definition, version);
  const storage = storageVersion(definition);
  const terminating = definition.metadata?.deletionTimestamp !== undefined;
  return {
    group: spec.group,
    version: version.name,
    kind: names.kind,
    resource: names.plural,
    namespaced: spec.scope === 'Namespaced',
    singular: names.singular ?? names.kind.toLowerCase(),
    listKind: names.listKind ?? `${names.kind}List`,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    subresources: subresourcesOf(version),
    // Nothing new comes into what is about to go.
    verbs: terminating ? verbs.filter((verb) => verb !== 'create') : verbs,
    retention: 'durable',
    delivery: 'none',
    custom: true,
    ...(terminating && { terminating }),
    ...(storage && { storage }),
    ...(deprecation && { deprecation }),
    load: () => customStrategy({ definition, version, typeName, ...reading }),
  };
}

function subresourcesOf({ subresources }: DefinitionVersion): Subresource[] {
  return [
    ...(subresources?.status !== undefined ? (['status'] as const) : []),
    ...(subresources?.scale ? (['scale'] as const) : []),
  ];
}

function deprecationOf(
  { spec: { group, names, versions } }: CustomResourceDefinition,
  { name, deprecated, deprecationWarning }: DefinitionVersion,
): string | undefined {
  if (!deprecated) return undefined;
  if (deprecationWarning) return deprecationWarning;
  const newer = versions
    .filter((version) => version.served && !version.deprecated && compareVersions(version.name, name) < 0)
    .sort((one, other) => compareVersions(one.name, other.name))[0];
  const instead = newer ? `; use ${group}/${newer.name} ${names.kind}` : '';
  return `${group}/${name} ${names.kind} is deprecated${instead}`;
}
