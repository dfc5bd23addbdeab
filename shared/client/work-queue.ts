// Keys that want work. A key is in it once however often it is added, and is never handed out twice at the same time:
// one that is added while in work comes back when that work is done (client-go's dirty and processing sets).

import { backoffDelay, type Clock, type Timer } from '../base/index.ts';

export interface WorkQueueOptions {
  clock: Clock;
  /** Delay after the first failure and the longest one, milliseconds; doubles in between. */
  backoff?: { base: number; max: number };
  /** Most keys that wait at once (waiting for their time included). */
  limit?: number;
  /** Says that a key was not taken because the queue is full. */
  onFull?: (key: string) => void;
}

const defaultBackoff = { base: 5, max: 60_000 };
const defaultLimit = 100_000;
/** Nobody waits longer without another look: a timer holds no more than 24 days, and clocks on the wall jump. */
const longestWait = 60 * 60_000;

export class WorkQueue {
  private readonly options: Required<WorkQueueOptions>;
  private readonly ready = new Set<string>();
  private readonly inWork = new Set<string>();
  private readonly again = new Set<string>();
  private readonly later = new Map<string, { due: number; timer: Timer }>();
  private readonly failures = new Map<string, number>();
  private readonly takers: ((key: string | undefined) => void)[] = [];
  private closed = false;

  constructor(options: WorkQueueOptions) {
    this.options = { backoff: defaultBackoff, limit: defaultLimit, onFull: () => undefined, ...options };
  }

  /** Keys that wait now; those in work and those whose time has not come are not counted. */
  get length(): number {
    return this.ready.size;
  }

  /** True when nothing waits and nothing is in work (delayed keys don't count). */
  get idle(): boolean {
    return this.ready.size === 0 && this.inWork.size === 0;
  }

  /** Wants work now. */
  add(key: string): void {
    if (this.closed) return;
    this.cancelDelay(key);
    if (this.inWork.has(key)) {
      this.again.add(key);
      return;
    }
    if (this.ready.has(key)) return;
    const taker = this.takers.shift();
    if (taker) {
      this.inWork.add(key);
      taker(key);
      return;
    }
    if (this.isFull()) this.options.onFull(key);
    else this.ready.add(key);
  }

  /** Wants work in `wait` milliseconds, or in an hour if that is sooner; of several delays of a key the soonest counts. */
  addAfter(key: string, wait: number): void {
    if (this.closed) return;
    if (wait <= 0) {
      this.add(key);
      return;
    }
    const ms = Math.min(wait, longestWait);
    const { clock } = this.options;
    const due = clock.monotonic() + ms;
    const known = this.later.get(key);
    if (known && known.due <= due) return;
    if (!known && this.isFull()) {
      this.options.onFull(key);
      return;
    }
    known?.timer.cancel();
    this.later.set(key, { due, timer: clock.after(ms, () => this.add(key)) });
  }

  /** Wants work again after a failure: each one in a row waits twice as long. Returns the delay in milliseconds. */
  retry(key: string): number {
    const count = this.failures.get(key) ?? 0;
    this.failures.set(key, count + 1);
    const delay = backoffDelay(count, this.options.backoff);
    this.addAfter(key, delay);
    return delay;
  }

  /** The next failure of this key is its first again. */
  forget(key: string): void {
    this.failures.delete(key);
  }

  /** How often the key has failed in a row. */
  failuresOf(key: string): number {
    return this.failures.get(key) ?? 0;
  }

  /** The next key, as soon as there is one; undefined once the queue is closed. Call `done` afterwards. */
  take(): Promise<string | undefined> {
    if (this.closed) return Promise.resolve(undefined);
    const [key] = this.ready;
    if (key === undefined) return new Promise((resolve) => this.takers.push(resolve));
    this.ready.delete(key);
    this.inWork.add(key);
    return Promise.resolve(key);
  }

  /** The work on a taken key has ended, well or not. */
  done(key: string): void {
    this.inWork.delete(key);
    if (this.again.delete(key)) this.add(key);
  }

  /** Drops what waits and sends the takers home. */
  close(): void {
    this.closed = true;
    for (const { timer } of this.later.values()) timer.cancel();
    for (const each of [this.ready, this.again, this.later, this.failures]) each.clear();
    for (const taker of this.takers.splice(0)) taker(undefined);
  }

  private isFull(): boolean {
    return this.ready.size + this.later.size >= this.options.limit;
  }

  private cancelDelay(key: string): void {
    this.later.get(key)?.timer.cancel();
    this.later.delete(key);
  }
}
