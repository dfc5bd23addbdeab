// A clock whose time the test moves. Timers run in order of their time, each with the clock set to it.

import type { Clock, Timer } from '../../shared/base/index.ts';

interface Pending {
  due: number;
  call: () => void;
}

export class FakeClock implements Clock {
  private wall: number;
  private elapsed = 0;
  private readonly pending = new Set<Pending>();

  /** `start`: the first answer of `now`, as a date or milliseconds. */
  constructor(start: string | number = '2026-01-01T00:00:00Z') {
    this.wall = typeof start === 'number' ? start : Date.parse(start);
  }

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.elapsed;
  }

  after(ms: number, call: () => void): Timer {
    const entry = { due: this.elapsed + Math.max(0, ms), call };
    this.pending.add(entry);
    return { cancel: () => this.pending.delete(entry) };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = this.after(ms, () => {
        signal?.removeEventListener('abort', aborted);
        resolve();
      });
      function aborted() {
        timer.cancel();
        reject(signal?.reason);
      }
      signal?.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Timers that wait. */
  get timers(): number {
    return this.pending.size;
  }

  /** Milliseconds until the next timer; undefined: there is none. */
  get untilNext(): number | undefined {
    const dues = [...this.pending].map(({ due }) => due);
    return dues.length > 0 ? Math.min(...dues) - this.elapsed : undefined;
  }

  /** Moves time on, running what becomes due on the way; what those timers start runs too, where it is due in time. */
  async advance(ms: number): Promise<void> {
    const end = this.elapsed + ms;
    await settle();
    for (let next = this.nextUntil(end); next; next = this.nextUntil(end)) {
      this.moveTo(next.due);
      this.pending.delete(next);
      next.call();
      await settle();
    }
    this.moveTo(end);
    await settle();
  }

  /** Sets the wall clock only, as NTP or a person does. */
  setWall(to: string | number): void {
    this.wall = typeof to === 'number' ? to : Date.parse(to);
  }

  private nextUntil(end: number): Pending | undefined {
    let first: Pending | undefined;
    for (const entry of this.pending)
      if (entry.due <= end && (!first || entry.due < first.due)) first = entry;
    return first;
  }

  private moveTo(elapsed: number): void {
    const step = Math.max(0, elapsed - this.elapsed);
    this.elapsed += step;
    this.wall += step;
  }
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
