// What a list and the live messages beside it come to: whatever order they arrive in, handlers hear of each object in
// order, and never something older than what they know.

import { deepFreeze, type KubeList, type KubeObject, type Live, type ObjectKey } from '../machinery/index.ts';
import { formatKey } from './object-name.ts';
import type { ListWatchHandlers } from './transport.ts';

export class WatchedList<T extends KubeObject> {
  private readonly handlers: ListWatchHandlers<T>;
  private readonly selects: (object: Live<T>) => boolean;
  private readonly known = new Map<string, Live<T>>();
  /** The newest word on each object before the list came; undefined: deleted. */
  private early: Map<string, Live<T> | undefined> | undefined = new Map();

  /** What is not selected (any more) counts as deleted. */
  constructor(handlers: ListWatchHandlers<T>, selects: (object: Live<T>) => boolean) {
    this.handlers = handlers;
    this.selects = selects;
  }

  /** A live message; undefined: deleted. */
  hear(address: ObjectKey, object: Live<T> | undefined): void {
    const key = formatKey(address);
    if (this.early) this.early.set(key, object);
    else if (object) this.set(key, object);
    else this.delete(key);
  }

  /** The list; then what was heard while it was being made. */
  replace(list: KubeList<T>): void {
    for (const item of list.items) this.known.set(formatKey(item.metadata), item);
    this.handlers.onReplace(list);
    const early = this.early ?? [];
    this.early = undefined;
    for (const [key, object] of early) {
      // What was created and deleted again before the list is not in it; a deletion after it is heard last.
      if (!object) this.delete(key);
      else if (this.known.has(key) || isNewer(object, list.metadata.resourceVersion)) this.set(key, object);
    }
  }

  private set(key: string, object: Live<T>): void {
    const before = this.known.get(key);
    if (before && !isNewer(object, before.metadata.resourceVersion)) return;
    if (!this.selects(object)) {
      this.delete(key);
      return;
    }
    deepFreeze(object);
    this.known.set(key, object);
    this.handlers.onEvent({ type: before ? 'MODIFIED' : 'ADDED', object });
  }

  private delete(key: string): void {
    const before = this.known.get(key);
    if (!before) return;
    this.known.delete(key);
    this.handlers.onEvent({ type: 'DELETED', object: before });
  }
}

function isNewer({ metadata }: Live, than: string): boolean {
  return Number(metadata.resourceVersion) > Number(than);
}
