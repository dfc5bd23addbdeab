// A histogram as Prometheus has it: how many values were within each bound, and their sum.

import type { Sample } from './metric-family.ts';

export class Histogram {
  private readonly bounds: readonly number[];
  /** Values within each bound and above the one before, and one more for those beyond the last. */
  private readonly buckets: number[];
  private sum = 0;

  /** `bounds` ascend. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.buckets = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] ?? 0)) at += 1;
    this.buckets[at] = (this.buckets[at] ?? 0) + 1;
    this.sum += value;
  }

  /** None before the first value. */
  *samples(labels: Readonly<Record<string, string>>): Iterable<Sample> {
    const total = this.buckets.reduce((all, one) => all + one, 0);
    if (total === 0) return;
    let within = 0;
    for (const [at, count] of this.buckets.entries()) {
      within += count;
      const bound = this.bounds[at];
      yield {
        series: 'bucket',
        value: within,
        labels: { ...labels, le: bound === undefined ? '+Inf' : `${bound}` },
      };
    }
    yield { series: 'sum', value: this.sum, labels };
    yield { series: 'count', value: total, labels };
  }
}
