// How a client reaches the API: the same structured request in-process, over HTTPS and over MQTT.

import type { Resource, ResourceNames, Verb } from '../api/index.ts';
import type { ApiError, KubeList, KubeObject, Live, WatchEvent } from '../machinery/index.ts';

export type PatchType =
  | 'application/json-patch+json'
  | 'application/merge-patch+json'
  | 'application/strategic-merge-patch+json'
  | 'application/apply-patch+yaml';

export interface TransportRequest {
  verb: Exclude<Verb, 'watch'>;
  resource: ResourceNames;
  namespace?: string;
  name?: string;
  /** One of the row's, or what another API server has under an object. */
  subresource?: string;
  /** Query parameters by their names on the wire: labelSelector, fieldSelector, limit, continue, dryRun, fieldManager … */
  query?: Record<string, string>;
  /** The object, the DeleteOptions, or the patch. */
  body?: unknown;
  /** Only with verb `patch`. */
  patchType?: PatchType;
}

/** What to list and then follow. No namespace: all of them. */
export interface ListWatchScope<T extends KubeObject = KubeObject> {
  resource: Resource<T>;
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

/**
 * Events come in order for each object and never older than what was last said of it. After a break the transport
 * lists again by itself (with backoff) and says so with `onReplace`.
 */
export interface ListWatchHandlers<T extends KubeObject = KubeObject> {
  /** The whole state; what was known before and is not in it is gone. */
  onReplace(list: KubeList<T>): void;
  /** ADDED, MODIFIED or DELETED. */
  onEvent(event: WatchEvent<T>): void;
  /** A list or watch failed and will be tried again. */
  onError(error: unknown): void;
}

export interface Transport {
  /** Answers the object, the list, or the Status; throws `ApiError`. In-process answers are frozen. */
  request(request: TransportRequest, signal?: AbortSignal): Promise<unknown>;
  /** Lists, then follows, until stopped. */
  listWatch<T extends KubeObject>(scope: ListWatchScope<T>, handlers: ListWatchHandlers<T>): { stop(): void };
}

export type { ApiError, Live };
