// The shape that every stored object has, and the few type helpers built on it. Knows no Kind.

import type { ObjectMeta } from 'kubernetes-types/meta/v1';

export type { LabelSelector, ListMeta, ObjectMeta, OwnerReference } from 'kubernetes-types/meta/v1';

/** Anything with apiVersion, kind and metadata. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** Metadata as the API server answers it: what it fills in is there. */
export type LiveMeta = ObjectMeta &
  Required<Pick<ObjectMeta, 'name' | 'uid' | 'resourceVersion' | 'creationTimestamp'>>;

/** An object as the API server answers it: `metadata` is whole. Live objects are deeply frozen: copy before changing. */
export type Live<T extends KubeObject = KubeObject> = T & { metadata: LiveMeta };

export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: Live<T>[];
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

export interface WatchEvent<T extends KubeObject = KubeObject> {
  type: WatchEventType;
  object: Live<T>;
}

/** Names one object of a known resource. `namespace` is absent for cluster-scoped resources. */
export interface ObjectKey {
  namespace?: string;
  name: string;
}

/** What kinds of JSON there are. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
