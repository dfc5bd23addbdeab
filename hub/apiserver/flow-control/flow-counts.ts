// What is counted of the requests of one flow schema in its priority level.

import { Histogram } from '../metrics/index.ts';

export type RefusalReason = 'concurrency-limit' | 'queue-full' | 'time-out' | 'cancelled';

/** Seconds: upstream's bounds. */
const bounds = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

export class FlowCounts {
  dispatched = 0;
  waiting = 0;
  executing = 0;
  readonly refused = new Map<RefusalReason, number>();
  /** Of those that were carried out at last, and of the others. */
  readonly waited = { true: new Histogram(bounds), false: new Histogram(bounds) };
  readonly executed = { regular: new Histogram(bounds), watch: new Histogram(bounds) };

  refuse(reason: RefusalReason): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
  }
}
