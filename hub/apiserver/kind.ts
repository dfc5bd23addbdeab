// A row of the table together with its loaded strategy, and the few questions that everyone asks of objects and rows.

import type { Resource, ResourceNames, Strategy } from '../../shared/api/index.ts';
import {
  apiVersionOf,
  isRecord,
  type KubeObject,
  type Live,
  type ObjectMeta,
  type ResourceNoun,
} from '../../shared/machinery/index.ts';
import type { Key } from '../store/index.ts';

export interface Kind {
  readonly row: Resource;
  readonly strategy: Strategy;
}

/** Where objects of a row stand in the store. */
type Place = ResourceNoun & { readonly storedAs?: ResourceNoun };

/** All objects of the resource, or those of one namespace. */
export function prefixOf(row: Place, namespace?: string): Key {
  const { group, resource } = row.storedAs ?? row;
  const all = `/${group || 'core'}/${resource}/`;
  return namespace === undefined ? all : `${all}${namespace}/`;
}

export function storeKey(row: ResourceNames & Place, namespace: string | undefined, name: string): Key {
  return `${prefixOf(row, row.namespaced ? (namespace ?? '') : '_')}${name}`;
}

/** Whether a stored object is one of the row's: by its apiVersion and kind. */
export function isLiveOf<T extends KubeObject>(row: Resource<T>, object: Live): object is Live<T> {
  return object.kind === row.kind && object.apiVersion === apiVersionOf(row);
}

/** Metadata in the server's hands: what clients only read can be set. */
export type OpenMeta = { -readonly [Field in keyof ObjectMeta]: ObjectMeta[Field] };

/** The object's metadata, made where there is none. */
export function metaOf(object: KubeObject): OpenMeta {
  object.metadata ??= {};
  return object.metadata;
}

/** Makes a decoded record an object: its type has checked that the metadata are metadata. */
export function isKubeObject(value: unknown): value is KubeObject {
  return isRecord(value) && (value.metadata === undefined || isRecord(value.metadata));
}
