// Remembers what was worked out from a content, by the content's JSON. Many objects are made alike (the pods of one
// ReplicaSet), and the engine writes JSON far quicker than anything can be found out about what it says.

import { RecentMap } from './recent-map.ts';

export interface ContentMemoOptions {
  /** Contents that are remembered. Default: 64. */
  limit?: number;
  /** Contents with more characters of JSON than that are not remembered. Default: 16 Ki. */
  longest?: number;
}

/** Bounded: the contents that were not asked for longest are forgotten. */
export class ContentMemo<T> {
  private readonly longest: number;
  private readonly known: RecentMap<T>;

  constructor({ limit = 64, longest = 16 * 1024 }: ContentMemoOptions = {}) {
    this.longest = longest;
    this.known = new RecentMap(limit);
  }

  /** How many contents are remembered. */
  get size(): number {
    return this.known.size;
  }

  /** What `work` answers for that content. It is a pure function of it, and what it answers is not changed by anybody. */
  of(content: unknown, work: () => T): T {
    const text = JSON.stringify(content);
    if (text.length > this.longest) return work();
    return this.known.get(text) ?? this.known.keep(text, work());
  }
}
