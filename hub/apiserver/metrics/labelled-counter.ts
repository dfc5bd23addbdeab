// A number for each combination of labels, of which there are few by what they mean.

import type { MetricFamily, Sample } from './metric-family.ts';

type Labels = Readonly<Record<string, string>>;

export class LabelledCounter<T extends Labels> implements MetricFamily {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  private readonly counts = new Map<string, { labels: T; value: number }>();
  readonly samples = (): Iterable<Sample> => this.counts.values();

  /** `known`: combinations that are told from the beginning. All have their labels in the same order. */
  constructor({ name, help, known = [] }: { name: string; help: string; known?: readonly T[] }) {
    this.name = name;
    this.help = help;
    for (const labels of known) this.add(labels, 0);
  }

  add(labels: T, more = 1): void {
    const key = Object.values(labels).join('\n');
    const count = this.counts.get(key);
    if (count) count.value += more;
    else this.counts.set(key, { labels, value: more });
  }
}
