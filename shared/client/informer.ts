// A local, always current copy of one resource, with indexes. Readers get frozen objects and never wait.
// The copy never lags behind this process's own writes: `learn` puts an answer of the API in at once.

import type { Logger } from '../base/index.ts';
import type { KubeList, KubeObject, Live, ObjectKey, WatchEvent } from '../machinery/index.ts';
import type { Client } from './client.ts';
import { formatKey, keyOf } from './object-name.ts';
import type { ListWatchScope } from './transport.ts';

/** What has changed. `previous` is absent for ADDED; for DELETED `object` is the last state that is known. */
export interface Change<T extends KubeObject = KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: Live<T>;
  previous?: Live<T>;
}

/** Under which values an object is found in an index. */
export type IndexBy<T extends KubeObject> = (object: Live<T>) => readonly string[];

interface Index<T extends KubeObject> {
  by: IndexBy<T>;
  keys: Map<string, Set<string>>;
}

export interface InformerOptions<T extends KubeObject> {
  client: Client;
  scope: ListWatchScope<T>;
  log: Logger;
}

export class Informer<T extends KubeObject = KubeObject> {
  /** Resolves once the first list is in the cache (and its handlers have heard of it). */
  readonly synced: Promise<void>;
  private readonly options: InformerOptions<T>;
  private readonly objects = new Map<string, Live<T>>();
  private readonly indexes = new Map<string, Index<T>>();
  private readonly handlers = new Set<(change: Change<T>) => void>();
  private resolveSynced: () => void = () => undefined;
  private isSynced = false;
  /** The newest revision that the watch has told of; what a write answered with an older one is known already. */
  private revision = 0;
  private watch: { stop(): void } | undefined;

  constructor(options: InformerOptions<T>) {
    this.options = options;
    this.synced = new Promise((resolve) => {
      this.resolveSynced = resolve;
    });
    this.addIndex('namespace', (object) => [object.metadata.namespace ?? '']);
  }

  get hasSynced(): boolean {
    return this.isSynced;
  }

  start(): void {
    if (this.watch) return;
    const { client, scope, log } = this.options;
    this.watch = client.listWatch(scope, {
      onReplace: (list) => this.replace(list),
      onEvent: (event) => this.apply(event),
      onError: (error) => log.warn({ err: error, resource: scope.resource.resource }, 'list or watch failed'),
    });
  }

  stop(): void {
    this.watch?.stop();
    this.watch = undefined;
  }

  /** `key`: `namespace/name`, or its parts. */
  get(key: string | ObjectKey): Live<T> | undefined {
    return this.objects.get(typeof key === 'string' ? key : formatKey(key));
  }

  list(): Live<T>[] {
    return [...this.objects.values()];
  }

  get size(): number {
    return this.objects.size;
  }

  /** Objects of one namespace. */
  inNamespace(namespace: string): Live<T>[] {
    return this.byIndex('namespace', namespace);
  }

  /** Adds an index, also to a filled cache. The same name again is the same index. */
  addIndex(name: string, by: IndexBy<T>): void {
    if (this.indexes.has(name)) return;
    const index: Index<T> = { by, keys: new Map() };
    this.indexes.set(name, index);
    for (const [key, object] of this.objects) enter(index, key, object);
  }

  byIndex(name: string, value: string): Live<T>[] {
    const index = this.indexes.get(name);
    if (!index) throw new Error(`informer of ${this.options.scope.resource.resource} has no index ${name}`);
    const found: Live<T>[] = [];
    for (const key of index.keys.get(value) ?? []) {
      const object = this.objects.get(key);
      if (object) found.push(object);
    }
    return found;
  }

  /** Calls for every change from now on, and once (ADDED) for each object that is there already. Returns the way out. */
  onChange(handler: (change: Change<T>) => void): () => void {
    this.handlers.add(handler);
    for (const object of this.objects.values()) handler({ type: 'ADDED', object });
    return () => this.handlers.delete(handler);
  }

  /** Puts in what a write has just answered, unless the watch has told of it (or of something newer) already. */
  learn(object: Live<T>): Live<T> {
    if (revisionOf(object) > this.revision && this.isSynced) this.put(keyOf(object), object);
    return object;
  }

  private replace(list: KubeList<T>): void {
    const listed = Number(list.metadata.resourceVersion) || 0;
    // History went back (the hub was restored from a backup): what we hold is not newer, it is void.
    if (listed < this.revision) this.clear();
    const gone = new Set(this.objects.keys());
    for (const object of list.items) {
      const key = keyOf(object);
      gone.delete(key);
      this.put(key, object);
    }
    for (const key of gone) {
      const known = this.objects.get(key);
      if (known && revisionOf(known) <= listed) this.remove(key, known);
    }
    this.revision = listed;
    if (this.isSynced) return;
    this.isSynced = true;
    this.resolveSynced();
  }

  private clear(): void {
    for (const [key, object] of [...this.objects]) this.remove(key, object);
  }

  private apply({ type, object }: WatchEvent<T>): void {
    this.revision = Math.max(this.revision, revisionOf(object));
    const key = keyOf(object);
    if (type === 'DELETED') this.remove(key, object);
    else if (type === 'ADDED' || type === 'MODIFIED') this.put(key, object);
  }

  private put(key: string, object: Live<T>): void {
    const previous = this.objects.get(key);
    if (previous && revisionOf(previous) >= revisionOf(object)) return;
    this.objects.set(key, object);
    for (const index of this.indexes.values()) {
      if (previous) leave(index, key, previous);
      enter(index, key, object);
    }
    if (!previous) this.tell({ type: 'ADDED', object });
    else if (previous.metadata.uid === object.metadata.uid) this.tell({ type: 'MODIFIED', object, previous });
    else {
      // Deleted and made anew while nobody was listening.
      this.tell({ type: 'DELETED', object: previous, previous });
      this.tell({ type: 'ADDED', object });
    }
  }

  private remove(key: string, last: Live<T>): void {
    const previous = this.objects.get(key);
    if (!previous || revisionOf(previous) > revisionOf(last)) return;
    this.objects.delete(key);
    for (const index of this.indexes.values()) leave(index, key, previous);
    this.tell({ type: 'DELETED', object: last, previous });
  }

  private tell(change: Change<T>): void {
    for (const handler of this.handlers) {
      try {
        handler(change);
      } catch (error) {
        this.options.log.error({ err: error, key: keyOf(change.object) }, 'a handler of changes failed');
      }
    }
  }
}

/** The revision of an object as a number; resourceVersions of Kelp are the store's one counter. */
export function revisionOf(object: KubeObject): number {
  return Number(object.metadata?.resourceVersion) || 0;
}

function enter<T extends KubeObject>(index: Index<T>, key: string, object: Live<T>): void {
  for (const value of index.by(object)) {
    const keys = index.keys.get(value);
    if (keys) keys.add(key);
    else index.keys.set(value, new Set([key]));
  }
}

function leave<T extends KubeObject>(index: Index<T>, key: string, object: Live<T>): void {
  for (const value of index.by(object)) {
    const keys = index.keys.get(value);
    keys?.delete(key);
    if (keys?.size === 0) index.keys.delete(value);
  }
}
