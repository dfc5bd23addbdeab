// What a controller is: where its keys come from, and what to do about one. It declares; ControllerRunner runs it.

import type { KubeObject } from '../machinery/index.ts';
import type { Change, Informer } from './informer.ts';
import { keyOf } from './object-name.ts';

/** Nothing: the key is done. `requeueAfter` (milliseconds): look again then, even if nothing changes. Throwing: backoff. */
// biome-ignore lint/suspicious/noConfusingVoidType: a reconcile that simply ends is the common case
export type Outcome = void | { requeueAfter: number };

/** Thrown where trying again cannot help before the object changes. */
export class TerminalError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TerminalError';
  }
}

/** Something to wait for before work begins. */
export interface Synced {
  readonly synced: Promise<void>;
}

/** Where keys come from. */
export interface Source extends Synced {
  /** Calls `add` for each key that a change concerns, and for those of what is there already. Returns the way out. */
  subscribe(add: (key: string) => void): () => void;
}

export interface Controller {
  readonly name: string;
  /** How many keys may be in work at once; default 1. */
  readonly workers?: number;
  readonly sources: readonly Source[];
  /** Informers that are read but whose changes wake nobody. */
  readonly reads?: readonly Synced[];
  /** Brings the world of one key in order. Called again whenever it may have changed. */
  reconcile(key: string): Promise<Outcome>;
  /** Runs before the first reconcile, after all sources have synced. */
  start?(add: (key: string, afterMs?: number) => void): void;
  stop?(): void;
}

/** Keys of whatever objects a change concerns. */
export function mapped<T extends KubeObject>(
  informer: Informer<T>,
  keys: (change: Change<T>) => Iterable<string>,
): Source {
  return {
    synced: informer.synced,
    subscribe: (add) =>
      informer.onChange((change) => {
        for (const key of keys(change)) add(key);
      }),
  };
}

/** The keys of the changed objects themselves. */
export function each<T extends KubeObject>(informer: Informer<T>): Source {
  return mapped(informer, ({ object }) => [keyOf(object)]);
}

/** The keys of the controllers (by owner reference) of the changed objects, the former controller's as well. */
export function ownersOf<T extends KubeObject>(
  informer: Informer<T>,
  apiGroup: string,
  kind: string,
): Source {
  return mapped(informer, ({ object, previous }) => {
    const keys = new Set<string>();
    for (const each of [object, previous]) {
      const owner = each?.metadata.ownerReferences?.find((reference) => reference.controller);
      if (!owner || owner.kind !== kind || groupOf(owner.apiVersion) !== apiGroup) continue;
      const namespace = object.metadata.namespace;
      keys.add(namespace ? `${namespace}/${owner.name}` : owner.name);
    }
    return keys;
  });
}

/** `apps/v1` → `apps`, `v1` → `''`. */
function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
