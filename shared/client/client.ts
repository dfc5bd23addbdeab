// The typed client: what controllers, the scheduler, agents and the CLI use to read and write the cluster.

import type { Resource, ResourceNames, Subresource } from '../api/index.ts';
import type { KubeList, KubeObject, Live, ObjectKey } from '../machinery/index.ts';
import type { ListWatchHandlers, ListWatchScope, PatchType } from './transport.ts';

export interface ListQuery {
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  resourceVersion?: string;
}

export interface DeleteQuery {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  preconditions?: { uid?: string; resourceVersion?: string };
}

export interface WriteQuery {
  subresource?: Subresource;
  fieldManager?: string;
  dryRun?: boolean;
}

/** A row of the table, or the names of what another API server serves. */
export type Listed<T extends KubeObject> = Resource<T> | ResourceNames;

/** Every method throws `ApiError` for what the API refuses. */
export interface Client {
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<Live<T>>;
  list<T extends KubeObject>(resource: Listed<T>, query?: ListQuery): Promise<KubeList<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, query?: WriteQuery): Promise<Live<T>>;
  /** Reads something under an object, e.g. a Deployment's `scale`. */
  getUnder<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    subresource: Subresource,
  ): Promise<unknown>;
  /** Reads an object, or what is under it, that another API server has: it knows what comes back. */
  getElsewhere(
    resource: ResourceNames,
    key: ObjectKey,
    under?: string,
    query?: Record<string, string>,
  ): Promise<unknown>;
  /** Creates something under an object, e.g. a pod's `binding` or `eviction`. */
  createUnder<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    subresource: Subresource,
    body: KubeObject,
  ): Promise<unknown>;
  /** Puts the whole object; `metadata.resourceVersion` in it makes the write conditional. */
  update<T extends KubeObject>(resource: Resource<T>, object: T, query?: WriteQuery): Promise<Live<T>>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    type: PatchType,
    patch: unknown,
    query?: WriteQuery,
  ): Promise<Live<T>>;
  delete<T extends KubeObject>(resource: Listed<T>, key: ObjectKey, query?: DeleteQuery): Promise<void>;
  /** Deletes all objects of a namespace. */
  deleteCollection(resource: ResourceNames, namespace: string, query?: DeleteQuery): Promise<void>;
  listWatch<T extends KubeObject>(scope: ListWatchScope<T>, handlers: ListWatchHandlers<T>): { stop(): void };
}
