// The current objects by key, and their keys in order. Keys are kept sorted in one array for each
// `/<group>/<resource>/`, so a list costs a binary search and the objects that it answers.

import type { Live } from '../../shared/machinery/index.ts';
import type { Key } from './store.ts';

/** A run of sorted keys: `keys[from] … keys[to - 1]`. */
interface Span {
  keys: readonly Key[];
  from: number;
  to: number;
}

export class ObjectIndex {
  private readonly objects: Map<Key, Live>;
  private readonly buckets = new Map<string, Key[]>();
  private bucketNames: string[] = [];

  /** Takes over `objects`, in whatever order they are. */
  constructor(objects: Map<Key, Live> = new Map()) {
    this.objects = objects;
    for (const key of objects.keys()) this.bucketFor(key).push(key);
    for (const keys of this.buckets.values()) keys.sort();
  }

  get all(): ReadonlyMap<Key, Live> {
    return this.objects;
  }

  /** A copy of the map, not of the objects. */
  copy(): Map<Key, Live> {
    return new Map(this.objects);
  }

  get(key: Key): Live | undefined {
    return this.objects.get(key);
  }

  set(key: Key, object: Live): void {
    if (!this.objects.has(key)) {
      const keys = this.bucketFor(key);
      keys.splice(firstNotBefore(keys, key), 0, key);
    }
    this.objects.set(key, object);
  }

  delete(key: Key): void {
    if (!this.objects.delete(key)) return;
    const keys = this.bucketFor(key);
    keys.splice(firstNotBefore(keys, key), 1);
    if (keys.length === 0) this.dropBucket(bucketOf(key));
  }

  /** How many keys start with `prefix` and come after `after`. */
  count(prefix: Key, after?: Key): number {
    return this.spans(prefix, after).reduce((sum, { from, to }) => sum + to - from, 0);
  }

  /** The keys that start with `prefix` and come after `after`, in order. The index must not change meanwhile. */
  *keys(prefix: Key, after?: Key): Generator<Key> {
    for (const { keys, from, to } of this.spans(prefix, after)) {
      for (let at = from; at < to; at++) {
        const key = keys[at];
        if (key !== undefined) yield key;
      }
    }
  }

  /** The first `limit` objects under `prefix` after `after`, and the last one's key. */
  take(prefix: Key, after: Key | undefined, limit: number): { objects: Live[]; last: Key | undefined } {
    const objects: Live[] = [];
    let last: Key | undefined;
    for (const { keys, from, to } of this.spans(prefix, after)) {
      const end = Math.min(to, from + limit - objects.length);
      for (let at = from; at < end; at++) {
        last = keys[at];
        const object = last !== undefined && this.objects.get(last);
        if (object) objects.push(object);
      }
    }
    return { objects, last };
  }

  private spans(prefix: Key, after: Key = ''): Span[] {
    const spans: Span[] = [];
    for (const name of this.bucketsOf(prefix)) {
      const keys = this.buckets.get(name) ?? [];
      const from = Math.max(firstNotBefore(keys, prefix), firstAfter(keys, after));
      const to = firstPast(keys, prefix);
      if (from < to) spans.push({ keys, from, to });
    }
    return spans;
  }

  /** The names of the buckets that may have keys of that prefix, in order. */
  private bucketsOf(prefix: Key): readonly string[] {
    const own = bucketOf(prefix);
    return own.length > 1 ? [own] : this.bucketNames.filter((name) => name.startsWith(prefix));
  }

  private bucketFor(key: Key): Key[] {
    const name = bucketOf(key);
    const known = this.buckets.get(name);
    if (known) return known;
    const keys: Key[] = [];
    this.buckets.set(name, keys);
    this.bucketNames = [...this.buckets.keys()].sort();
    return keys;
  }

  private dropBucket(name: string): void {
    this.buckets.delete(name);
    this.bucketNames = this.bucketNames.filter((other) => other !== name);
  }
}

/** `/<group>/<resource>/` of a key, or of a prefix that reaches so far; else at most `/`. No bucket's name starts another's, so their order is that of their keys. */
function bucketOf(key: Key): string {
  return key.slice(0, key.indexOf('/', key.indexOf('/', 1) + 1) + 1);
}

/** The first position whose key is not `isBefore`; those that are come first. */
function partition(keys: readonly Key[], isBefore: (key: Key) => boolean): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const key = keys[middle];
    if (key !== undefined && isBefore(key)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstNotBefore(keys: readonly Key[], key: Key): number {
  return partition(keys, (other) => other < key);
}

function firstAfter(keys: readonly Key[], key: Key): number {
  return partition(keys, (other) => other <= key);
}

function firstPast(keys: readonly Key[], prefix: Key): number {
  return partition(keys, (other) => other < prefix || other.startsWith(prefix));
}
