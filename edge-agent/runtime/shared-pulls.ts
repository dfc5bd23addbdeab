// Pulls that several pods may wait for: one for each image, so many at once, and given up when nobody waits any longer. What
// came by then is kept for the next try.

import type { Clock } from '../../shared/base/index.ts';
import type { PullSlots } from './pull-slots.ts';
import { type PullListener, RuntimeFailure } from './runtime.ts';

/** What a pull is given while it runs. */
export interface PullRun {
  /** Bytes so far and in all; passed on at most once a second. */
  progress(done: number, total: number | undefined): void;
  /** Nobody waits for it any longer. */
  signal: AbortSignal;
}

interface Options {
  slots: PullSlots;
  clock: Clock;
}

interface Running<T> {
  listeners: Set<PullListener>;
  stop: AbortController;
  done: Promise<T>;
}

const progressMs = 1000;

export class SharedPulls<T> {
  private readonly clock: Clock;
  private readonly slots: PullSlots;
  private readonly running = new Map<string, Running<T>>();

  constructor({ slots, clock }: Options) {
    this.clock = clock;
    this.slots = slots;
  }

  /** Rejects with RuntimeFailure when `signal` aborts. */
  async join(
    key: string,
    { listener, signal }: { listener: PullListener; signal: AbortSignal | undefined },
    pull: (run: PullRun) => Promise<T>,
  ): Promise<T> {
    // One that is given up still has its files in hand.
    for (let old = this.running.get(key); old?.stop.signal.aborted; old = this.running.get(key))
      await old.done.catch(() => undefined); // of no concern to who comes now
    const running = this.running.get(key) ?? this.begin(key, pull);
    running.listeners.add(listener);
    listener.pulling();
    try {
      return await unlessAborted(running.done, signal);
    } finally {
      running.listeners.delete(listener);
      if (running.listeners.size === 0) running.stop.abort();
    }
  }

  private begin(key: string, pull: (run: PullRun) => Promise<T>): Running<T> {
    const listeners = new Set<PullListener>();
    const stop = new AbortController();
    let toldAt = Number.NEGATIVE_INFINITY;
    const progress = (done: number, total: number | undefined) => {
      const now = this.clock.monotonic();
      if (now - toldAt < progressMs) return;
      toldAt = now;
      for (const listener of listeners) listener.progress?.(done, total);
    };
    const work = async () => {
      stop.signal.throwIfAborted();
      return pull({ progress, signal: stop.signal });
    };
    const done = this.slots.run(work).finally(() => this.running.delete(key));
    done.catch(() => undefined); // said to whoever waits for it
    const running = { listeners, stop, done };
    this.running.set(key, running);
    return running;
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new RuntimeFailure('ErrImagePull', 'nobody waits for it any longer'));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
