// Keeps costly keys from being worked on over and over while their world is still moving: the larger one is, the longer it
// waits for its next turn. Small ones never wait.

import type { Clock } from '../../../shared/base/index.ts';

/** A fifth of a millisecond for each part: 5 parts 1 ms, 500 parts 100 ms. */
const partsPerMillisecond = 5;

export class Pace {
  private readonly clock: Clock;
  private readonly turns = new Map<string, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Milliseconds to wait until the key's next turn; 0: it is its turn, and the next one counts from now. */
  untilTurn(key: string, parts: number): number {
    const pause = Math.floor(parts / partsPerMillisecond);
    if (pause === 0) return 0;
    const now = this.clock.monotonic();
    const wait = (this.turns.get(key) ?? Number.NEGATIVE_INFINITY) + pause - now;
    if (wait > 0) return wait;
    this.turns.set(key, now);
    return 0;
  }

  forget(key: string): void {
    this.turns.delete(key);
  }
}
