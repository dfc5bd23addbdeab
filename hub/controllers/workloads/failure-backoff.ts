// How long to wait until what failed is tried again: longer each time, and from the beginning when it went well for long.

import { backoffDelay, type Clock } from '../../../shared/base/index.ts';

/** Milliseconds, as upstream's for daemon pods. */
const delays = { base: 1000, max: 15 * 60_000 };
/** Without a failure for so long, the former ones are forgotten. */
const forgottenAfter = 2 * delays.max;
/** Keys kept; the longest without a failure go first. */
const mostKeys = 10_000;

interface Failures {
  count: number;
  last: number;
}

export class FailureBackoff {
  private readonly clock: Clock;
  /** Longest without a failure first. */
  private readonly known = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Milliseconds to wait; 0: it is to be tried now, and the next time later. */
  untilNext(key: string): number {
    const now = this.clock.monotonic();
    const entry = this.known.get(key);
    const isOld = !entry || now - entry.last > forgottenAfter;
    if (!isOld) {
      const wait = entry.last + backoffDelay(entry.count, delays) - now;
      if (wait > 0) return wait;
    }
    this.known.delete(key);
    this.known.set(key, { count: isOld ? 0 : entry.count + 1, last: now });
    this.forgetOld(now);
    return 0;
  }

  private forgetOld(now: number): void {
    for (const [key, { last }] of this.known) {
      if (this.known.size <= mostKeys && now - last <= forgottenAfter) return;
      this.known.delete(key);
    }
  }
}
