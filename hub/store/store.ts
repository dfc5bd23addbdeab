// Where the cluster's state lives: revisioned objects under string keys. Two rules hold for every implementation:
// an answered commit survives kill -9 and a power cut; one counter, the revision, orders all commits.

import type { KubeObject, Live } from '../../shared/machinery/index.ts';

/**
 * `/<group or 'core'>/<resource>/<namespace or '_'>/<name>`, e.g. `/core/pods/default/web-0`, `/core/nodes/_/pi-1`.
 * Ends nowhere else than at a name; a prefix ends in `/`.
 */
export type Key = string;

export interface Write {
  key: Key;
  /** The object to store (its `metadata.resourceVersion` is set by the commit); absent: delete. */
  object?: KubeObject;
  /**
   * Compare-and-swap: the revision the key must have now; 0: the key must be absent; absent: whatever is there.
   * A delete of an absent key fails as `expected` > 0 would.
   */
  expected?: number;
  /**
   * True: ordered, listed and watched like all others, but it need not be kept (leases, events). The embedded engine never
   * writes it to disk, and a restart forgets the key, also when it held a durable object before; in etcd it is gone an hour
   * after its last write.
   */
  volatile?: boolean;
  /**
   * True: what changes is only when somebody was last heard of. Seen and watched like all others, but where the disk
   * has the key already it need not be written: a restart may show the object as it was before.
   */
  renewal?: boolean;
}

/**
 * A condition on what a commit does not write itself: no key under the prefix (or the key itself) may have been created or
 * changed after the revision. Deletions do not count.
 */
export interface Guard {
  prefix: Key;
  after: number;
}

/** One change, as watchers hear it. Objects are deeply frozen. */
export interface Change {
  revision: number;
  key: Key;
  /** Undefined: the key was deleted. */
  object: Live | undefined;
  /** What was there before; undefined: the key was created. */
  previous: Live | undefined;
}

export interface ListOptions {
  /** At most so many objects; absent: all. */
  limit?: number;
  /** Continue after this key. */
  after?: Key;
  /** The state at this revision, as long as history reaches back to it (`StoreError` 'compacted' otherwise). */
  revision?: number;
}

export interface Listing {
  /** The revision of which this is the state. */
  revision: number;
  /** Sorted by key. */
  objects: Live[];
  /** How many follow after the last one; 0 when the list is complete. */
  remaining: number;
  /** The last object's key, where `remaining` > 0. */
  last?: Key;
}

export interface Snapshot {
  revision: number;
  /** In no particular order. Does not change with the store. */
  objects: ReadonlyMap<Key, Live>;
}

export interface Watch {
  stop(): void;
}

export interface WatchHandlers {
  /** All changes of one commit batch, in order, each once. Called synchronously after the commit is durable; must not throw or wait. */
  onChanges(changes: readonly Change[]): void;
  /** The watch has ended by itself: the store stopped, or its history was compacted from under a slow start. */
  onEnd(error: StoreError): void;
}

export type StoreErrorCode =
  /** A write's expectation did not hold. `key` and `current` (0: absent) say where. Nothing was written. */
  | 'conflict'
  /** A guard did not hold. `key` is its prefix. Nothing was written. */
  | 'overtaken'
  /** The asked revision lies before the history that is kept. */
  | 'compacted'
  /** The asked revision has not been reached. */
  | 'future'
  /** What the store is kept in cannot be reached, or refuses. Nothing was written; it may be tried again. */
  | 'unavailable'
  /** The answer was lost: the commit may have been carried out, or not. It will not be later on. */
  | 'unknown'
  /** More than the store takes. The message names the limit. */
  | 'too-large'
  /** The store does not run, or stopped after a failed append. */
  | 'closed'
  /** The file is damaged, locked by another process, or on a disk that refuses. The message says where and what to do. */
  | 'unusable';

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly key: Key | undefined;
  /** The revision that the conflicting key has now; 0: absent. */
  readonly current: number;

  constructor(
    code: StoreErrorCode,
    message: string,
    at?: { key: Key; current: number },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
    this.key = at?.key;
    this.current = at?.current ?? 0;
  }
}

export interface Store {
  /** Opens, repairs, loads. Rejects with 'unusable' and what to do about it. */
  start(): Promise<void>;
  /** Waits for commits under way, then closes. */
  stop(): Promise<void>;
  /**
   * Resolves with the reason ('unusable') when the store can no longer take writes (e.g. a failed append); the hub then
   * stops. Commits are rejected with 'closed' from then on; reads go on until the stop.
   */
  readonly failed: Promise<StoreError>;
  /** What keeps it from taking writes now, as far as is known; undefined: nothing does. */
  readonly trouble: string | undefined;
  /** Changes when the history is replaced (a restore): agents and watchers then start afresh. */
  readonly epoch: string;
  /** Whether other processes may write to it too, so that a turn taken in this one is no turn of all. */
  readonly shared: boolean;
  /** The revision of the newest commit. Never goes back, also over restarts and lost volatile commits. */
  readonly revision: number;
  /** Bytes that it has written to this machine's disk since its start: appends and compactions. */
  readonly bytesWritten: number;
  get(key: Key): Promise<Live | undefined>;
  list(prefix: Key, options?: ListOptions): Promise<Listing>;
  /** Everything there is, as of the newest commit. */
  all(): Promise<Snapshot>;
  /** How many keys start with the prefix. */
  count(prefix: Key): Promise<number>;
  /**
   * All of the writes or none. Answers with each write's object as stored (frozen, with its new resourceVersion);
   * for a delete: the object that was deleted, with the deletion's revision. What is passed may be frozen with it.
   * Rejects with 'conflict', 'overtaken', 'closed', 'unavailable', 'unknown' or 'too-large'; with a TypeError for two
   * writes to one key, or a key that is none.
   * A conflict is told when what it conflicts with can be read.
   */
  commit(writes: readonly Write[], guards?: readonly Guard[]): Promise<Live[]>;
  /**
   * Writes anew what is at rest and is no longer as the store's text would have it (StoredText.isCurrent): once it
   * resolves, nothing current needs what the text has stopped to use. An object may get another revision by that.
   */
  rewrite(): Promise<void>;
  /**
   * Hears every change under the prefix with a revision greater than `after` (default: from now on). Throws 'compacted'
   * or 'future'. What history holds already follows in a microtask, never before this returns.
   */
  watch(prefix: Key, handlers: WatchHandlers, after?: number): Watch;
}
