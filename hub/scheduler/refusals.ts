// What is to be told of pods that fitted nowhere. Such news can wait, and there may be a flood of it: after the first
// hundred it goes out slower than from upstream's scheduler, which has a machine of its own, so that telling why thousands of pods have no node holds up
// neither those that get one nor whoever makes them. Of each pod only the newest is told.

import type { Clock, Timer } from '../../shared/base/index.ts';

/** client-go lets a scheduler have 50 a second after its first hundred; here they share two cores with everybody. */
const atOnce = 100;
const perSecond = 10;

export interface RefusalsOptions {
  clock: Clock;
  /** Takes the pod's key, and why it fitted nowhere. */
  tell(key: string, message: string): void;
}

export class Refusals {
  private readonly options: RefusalsOptions;
  private readonly waiting = new Map<string, string>();
  private allowance = atOnce;
  /** Up to when the allowance has been reckoned, on the monotonic clock. */
  private reckoned: number;
  private timer: Timer | undefined;

  constructor(options: RefusalsOptions) {
    this.options = options;
    this.reckoned = options.clock.monotonic();
  }

  /** At once, unless there has been too much to tell. */
  add(key: string, message: string): void {
    this.waiting.set(key, message);
    if (!this.timer) this.tellSome();
  }

  /** There is nothing to tell any more. */
  remove(key: string): void {
    this.waiting.delete(key);
  }

  clear(): void {
    this.waiting.clear();
    this.timer?.cancel();
    this.timer = undefined;
  }

  private tellSome(): void {
    this.timer = undefined;
    this.reckon();
    for (const [key, message] of this.waiting) {
      if (this.allowance < 1) break;
      this.allowance -= 1;
      this.waiting.delete(key);
      this.options.tell(key, message);
    }
    if (this.waiting.size === 0) return;
    const pause = ((1 - this.allowance) / perSecond) * 1000;
    this.timer = this.options.clock.after(pause, () => this.tellSome());
  }

  private reckon(): void {
    const now = this.options.clock.monotonic();
    this.allowance = Math.min(atOnce, this.allowance + ((now - this.reckoned) / 1000) * perSecond);
    this.reckoned = now;
  }
}
