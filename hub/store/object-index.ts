// The current objects by key, and their keys in order. Keys are kept sorted in one array for each
// `/<group>/<resource>/`, so a list costs a binary search and the objects that it answers.

import type { Live } from '../../shared/machinery/index.ts';
import { revisionOf } from './live.ts';
import type { Key } from './store.ts';
import { Unread } from './unread.ts';

/** A run of sorted keys: `keys[from] … keys[to - 1]`. */
interface Span {
  keys: readonly Key[];
  from: number;
  to: number;
}

export class ObjectIndex {
  private readonly objects: Map<Key, Live | Unread>;
  private unread = 0;
  private readonly buckets = new Map<string, Key[]>();
  private bucketNames: string[] = [];

  /** Takes over `objects`, in whatever order they are. */
  constructor(objects: Map<Key, Live | Unread> = new Map()) {
    this.objects = objects;
    for (const [key, object] of objects) {
      this.bucketFor(key).push(key);
      if (object instanceof Unread) this.unread += 1;
    }
    for (const keys of this.buckets.values()) keys.sort();
  }

  /** All objects; the map is the caller's. */
  copy(): Map<Key, Live> {
    const copy = new Map<Key, Live>();
    for (const key of this.objects.keys()) {
      const object = this.get(key);
      if (object) copy.set(key, object);
    }
    return copy;
  }

  get(key: Key): Live | undefined {
    const found = this.objects.get(key);
    if (!(found instanceof Unread)) return found;
    const object = found.read(key);
    this.set(key, object);
    return object;
  }

  /** As it is here: read, or not yet. */
  peek(key: Key): Live | Unread | undefined {
    return this.objects.get(key);
  }

  /** 0: there is none. */
  revision(key: Key): number {
    const found = this.objects.get(key);
    return found instanceof Unread ? found.revision : revisionOf(found);
  }

  set(key: Key, object: Live): void {
    const before = this.objects.get(key);
    if (before instanceof Unread) this.unread -= 1;
    if (!before) {
      const keys = this.bucketFor(key);
      keys.splice(firstNotBefore(keys, key), 0, key);
    }
    this.objects.set(key, object);
  }

  delete(key: Key): void {
    if (this.objects.get(key) instanceof Unread) this.unread -= 1;
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

  /** Those of the first `limit` keys under `prefix` after `after` whose objects were not read yet. */
  unreadKeys(prefix: Key, after: Key | undefined, limit: number): Key[] {
    const unread: Key[] = [];
    if (this.unread === 0) return unread;
    let seen = 0;
    for (const key of this.keys(prefix, after)) {
      seen += 1;
      if (seen > limit) break;
      if (this.objects.get(key) instanceof Unread) unread.push(key);
    }
    return unread;
  }

  /** The first `limit` objects under `prefix` after `after`, and the last one's key. */
  take(prefix: Key, after: Key | undefined, limit: number): { objects: Live[]; last: Key | undefined } {
    const objects: Live[] = [];
    let last: Key | undefined;
    for (const { keys, from, to } of this.spans(prefix, after)) {
      const end = Math.min(to, from + limit - objects.length);
      for (let at = from; at < end; at++) {
        last = keys[at];
        const object = last !== undefined && this.get(last);
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
