// Sets of completion indexes as a Job's status writes them (`0,2-4`): intervals, since there may be very many indexes.

type Interval = readonly [first: number, last: number];

export class IndexSet {
  static readonly empty = new IndexSet([]);
  readonly size: number;
  private readonly intervals: readonly Interval[];

  private constructor(intervals: readonly Interval[]) {
    this.intervals = intervals;
    this.size = intervals.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }

  /** What cannot be read, and what is not below `limit`, is left out. */
  static parse(text = '', limit = Number.POSITIVE_INFINITY): IndexSet {
    const intervals = text.split(',').flatMap((part): Interval[] => {
      const match = /^(\d+)(?:-(\d+))?$/.exec(part);
      if (!match) return [];
      const first = Number(match[1]);
      const last = Math.min(Number(match[2] ?? match[1]), limit - 1);
      return first <= last ? [[first, last]] : [];
    });
    return new IndexSet(merged(intervals));
  }

  has(index: number): boolean {
    return this.intervals.some(([first, last]) => first <= index && index <= last);
  }

  with(indexes: Iterable<number>): IndexSet {
    const added = [...indexes].map((index): Interval => [index, index]);
    return added.length === 0 ? this : new IndexSet(merged([...this.intervals, ...added]));
  }

  union(other: IndexSet): IndexSet {
    return new IndexSet(merged([...this.intervals, ...other.intervals]));
  }

  /** How many are in both. */
  countCommon(other: IndexSet): number {
    return this.size + other.size - this.union(other).size;
  }

  /** The lowest `count` indexes below `limit` that are not in it. */
  firstMissing(count: number, limit: number): number[] {
    const found: number[] = [];
    let next = 0;
    for (const [first, last] of [...this.intervals, [limit, limit] as const]) {
      for (; next < Math.min(first, limit) && found.length < count; next += 1) found.push(next);
      next = Math.max(next, last + 1);
    }
    return found;
  }

  /** Two in a row are written one by one, three and more as an interval. */
  toString(): string {
    return this.intervals
      .map(([first, last]) => {
        if (first === last) return `${first}`;
        return last === first + 1 ? `${first},${last}` : `${first}-${last}`;
      })
      .join(',');
  }
}

function merged(intervals: readonly Interval[]): Interval[] {
  const result: [number, number][] = [];
  for (const [first, last] of [...intervals].sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else result.push([first, last]);
  }
  return result;
}
