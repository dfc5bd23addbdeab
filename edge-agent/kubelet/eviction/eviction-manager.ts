// Keeps the board usable: looks every ten seconds what is left, says so in the node's conditions, and while something is
// short gives up what can be made again (images), then pods, one at a time.
//
//   well ──threshold met──▶ short ──room made, or a pod gone──▶ short or, after the transition period, well
//
// A soft threshold makes the board short at once, and gives up something when it was met for its grace period.

import type { Clock, Logger, Timer } from '../../../shared/base/index.ts';
import { type Candidate, type Eviction, planEviction, resourceOf } from './plan-eviction.ts';
import {
  type Met,
  metThresholds,
  type Pressure,
  pressureOf,
  type Signals,
  type Threshold,
} from './thresholds.ts';

export interface EvictionManagerOptions {
  thresholds: readonly Threshold[];
  signals(): Promise<Signals>;
  /** Pods that run and have not been given up yet. Asked only while something is short. */
  candidates(of: { disk: boolean }): Promise<Candidate[]>;
  /** Resolves when the pod is down, or does not go. */
  evict(eviction: Eviction): Promise<void>;
  /** Makes room on disk without ending anything. */
  reclaimDisk(): Promise<void>;
  /** A word to the node's events. */
  warn(reason: string, message: string): void;
  /** The pressures have changed. */
  onChange(): void;
  clock: Clock;
  log: Logger;
  /** What a pod may have for its end at a soft threshold, at most; default none. */
  maxPodGraceSeconds?: number;
  /** Milliseconds; default 10,000. */
  interval?: number;
  /** Milliseconds for which a pressure is said after it was last seen, so that it does not flap; default 5 minutes. */
  transition?: number;
}

/** Memory first: without it nothing else goes on. */
const order: readonly Pressure[] = ['MemoryPressure', 'DiskPressure', 'PIDPressure'];

export class EvictionManager {
  private readonly options: EvictionManagerOptions;
  /** Since when each is met without a break, on the monotonic clock. */
  private readonly metSince = new Map<Threshold, number>();
  /** Met for their grace period: room is made until there is as much as they want to be reclaimed. */
  private reclaiming: ReadonlySet<Threshold> = new Set();
  /** When each was last seen, on the monotonic clock. */
  private readonly seen = new Map<Pressure, number>();
  private current: ReadonlySet<Pressure> = new Set();
  private timer: Timer | undefined;
  private looking: Promise<void> | undefined;
  private stopped = false;

  constructor(options: EvictionManagerOptions) {
    this.options = options;
  }

  get pressures(): ReadonlySet<Pressure> {
    return this.current;
  }

  /** Resolves after the first look, which gives up nothing. */
  async start(): Promise<void> {
    await this.measure().catch((error: unknown) => this.failed(error));
    this.schedule();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.looking;
  }

  private schedule(): void {
    if (this.stopped) return;
    const { clock, interval = 10_000 } = this.options;
    this.timer = clock.after(interval, () => {
      this.looking = this.look()
        .catch((error: unknown) => this.failed(error))
        .finally(() => this.schedule());
    });
  }

  private failed(error: unknown): void {
    this.options.log.warn({ err: error }, 'looking what is left on the board');
  }

  private async look(): Promise<void> {
    let worst = first(await this.measure());
    if (!worst) return;
    if (pressureOf(worst.signal) === 'DiskPressure') {
      await this.options.reclaimDisk();
      worst = first(await this.measure());
      if (!worst) return;
    }
    await this.giveUp(worst);
  }

  private async giveUp(met: Met): Promise<void> {
    const { candidates, evict, warn, log, maxPodGraceSeconds = 0 } = this.options;
    const resource = resourceOf(met.signal);
    warn('EvictionThresholdMet', `Attempting to reclaim ${resource}`);
    const disk = pressureOf(met.signal) === 'DiskPressure';
    const eviction = planEviction(met, await candidates({ disk }), maxPodGraceSeconds);
    if (eviction) await evict(eviction);
    else log.warn({ resource }, 'the board is short of something, and no pod may be given up');
  }

  /** Answers what something must be given up for. */
  private async measure(): Promise<Met[]> {
    const { thresholds, signals, clock, transition = 300_000, onChange } = this.options;
    const met = metThresholds(thresholds, await signals(), this.reclaiming);
    const now = clock.monotonic();
    for (const threshold of thresholds) {
      if (!met.some(({ of }) => of === threshold)) this.metSince.delete(threshold);
      else if (!this.metSince.has(threshold)) this.metSince.set(threshold, now);
    }
    const due = met.filter(({ of, graceMs = 0 }) => now - (this.metSince.get(of) ?? now) >= graceMs);
    this.reclaiming = new Set(due.map(({ of }) => of));
    for (const { signal } of met) this.seen.set(pressureOf(signal), now);
    const next = order.filter((pressure) => {
      const at = this.seen.get(pressure);
      return at !== undefined && now - at < transition;
    });
    const changed = next.join() !== [...this.current].join();
    this.current = new Set(next);
    if (changed) onChange();
    return due;
  }
}

function first(met: readonly Met[]): Met | undefined {
  const rank = ({ signal }: Met) => order.indexOf(pressureOf(signal));
  return [...met].sort((a, b) => rank(a) - rank(b))[0];
}
