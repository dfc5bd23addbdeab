// A bounded map: what was not asked for longest is forgotten, some of it at a time.

export class RecentMap<T> {
  private readonly limit: number;
  /** Two generations: what is asked for moves to the young one; the old one goes when the young one is full. */
  private young = new Map<string, T>();
  private old = new Map<string, T>();

  /** `limit`: entries that are kept at the most. */
  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.young.size + this.old.size;
  }

  get(key: string): T | undefined {
    const known = this.young.get(key);
    if (known !== undefined) return known;
    const older = this.old.get(key);
    return older === undefined ? undefined : this.keep(key, older);
  }

  /** Answers the value. */
  keep(key: string, value: T): T {
    if (this.young.size >= this.limit / 2) {
      this.old = this.young;
      this.young = new Map();
    }
    this.old.delete(key);
    this.young.set(key, value);
    return value;
  }
}
