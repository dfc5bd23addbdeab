// Remembers what was worked out from a content, by the content's JSON. Many objects are made alike (the pods of one
// ReplicaSet), and the engine writes JSON far quicker than anything can be found out about what it says.

export interface ContentMemoOptions {
  /** Contents that are remembered. Default: 64. */
  limit?: number;
  /** Contents with more characters of JSON than that are not remembered. Default: 16 Ki. */
  longest?: number;
}

/** Bounded: the contents that were not asked for longest are forgotten. */
export class ContentMemo<T> {
  private readonly limit: number;
  private readonly longest: number;
  /** Two generations: what is asked for moves to the young one; the old one goes when the young one is full. */
  private young = new Map<string, T>();
  private old = new Map<string, T>();

  constructor({ limit = 64, longest = 16 * 1024 }: ContentMemoOptions = {}) {
    this.limit = limit;
    this.longest = longest;
  }

  /** How many contents are remembered. */
  get size(): number {
    return this.young.size + this.old.size;
  }

  /** What `work` answers for that content. It is a pure function of it, and what it answers is not changed by anybody. */
  of(content: unknown, work: () => T): T {
    const text = JSON.stringify(content);
    if (text.length > this.longest) return work();
    const known = this.young.get(text);
    if (known !== undefined) return known;
    const found = this.old.get(text) ?? work();
    if (this.young.size >= this.limit / 2) {
      this.old = this.young;
      this.young = new Map();
    }
    this.old.delete(text);
    this.young.set(text, found);
    return found;
  }
}
