// Pods without a node. Active ones are taken by priority, then by age; a pod that fitted nowhere waits until something
// changes that helps, and then for its backoff, which grows with every try.
//
//   add ─▶ active ─take─▶ (being scheduled) ─refused─▶ waiting ─wake─▶ backoff ─time─▶ active

import { backoffDelay, type Clock, type Timer } from '../../shared/base/index.ts';

const backoff = { base: 100, max: 10_000 };

export interface SchedulingQueueOptions {
  clock: Clock;
  /** Called when a pod has become active. */
  onActive: () => void;
}

export class SchedulingQueue {
  private readonly options: SchedulingQueueOptions;
  private readonly priorities = new Map<string, number>();
  /** Priority → keys in the order of their coming. */
  private readonly active = new Map<number, Set<string>>();
  /** Key → when its next try is due at the earliest, on the monotonic clock. */
  private readonly waiting = new Map<string, number>();
  private readonly timers = new Map<string, Timer>();
  private readonly attempts = new Map<string, number>();

  constructor(options: SchedulingQueueOptions) {
    this.options = options;
  }

  /** A pod that wants a node, or whose spec has changed: it is tried at once. */
  add(key: string, priority: number): void {
    this.priorities.set(key, priority);
    this.activate(key);
  }

  /** The pod has a node, or has gone. */
  remove(key: string): void {
    this.leave(key);
    this.priorities.delete(key);
    this.attempts.delete(key);
  }

  has(key: string): boolean {
    return this.priorities.has(key);
  }

  /** True where some pod has fitted nowhere. */
  get hasWaiting(): boolean {
    return this.waiting.size > 0;
  }

  /** The most urgent pod. */
  take(): string | undefined {
    const [highest] = [...this.active.keys()].sort((a, b) => b - a);
    const keys = highest === undefined ? undefined : this.active.get(highest);
    const [key] = keys ?? [];
    if (key !== undefined) this.leave(key);
    return key;
  }

  /** The pod fitted nowhere. */
  refuse(key: string): void {
    if (!this.priorities.has(key)) return;
    this.waiting.set(key, this.options.clock.monotonic() + this.nextDelay(key));
  }

  /** Scheduling went wrong for a reason outside of the pod: try again after its backoff. */
  retry(key: string): void {
    if (this.priorities.has(key)) this.activateAfter(key, this.nextDelay(key));
  }

  /** Something changed that helps some of the pods that wait. */
  wake(helps: (key: string) => boolean): void {
    for (const [key, notBefore] of [...this.waiting]) {
      if (!helps(key)) continue;
      this.waiting.delete(key);
      this.activateAfter(key, notBefore - this.options.clock.monotonic());
    }
  }

  /** Drops everything. */
  clear(): void {
    for (const timer of this.timers.values()) timer.cancel();
    for (const each of [this.priorities, this.active, this.waiting, this.timers, this.attempts]) each.clear();
  }

  private nextDelay(key: string): number {
    const attempts = this.attempts.get(key) ?? 0;
    this.attempts.set(key, attempts + 1);
    return backoffDelay(attempts, backoff);
  }

  private activateAfter(key: string, ms: number): void {
    if (ms <= 0) {
      this.activate(key);
      return;
    }
    this.timers.get(key)?.cancel();
    this.timers.set(
      key,
      this.options.clock.after(ms, () => this.activate(key)),
    );
  }

  private activate(key: string): void {
    const priority = this.priorities.get(key);
    if (priority === undefined || this.active.get(priority)?.has(key)) return;
    this.leave(key);
    const keys = this.active.get(priority);
    if (keys) keys.add(key);
    else this.active.set(priority, new Set([key]));
    this.options.onActive();
  }

  /** Out of wherever it is. */
  private leave(key: string): void {
    this.timers.get(key)?.cancel();
    this.timers.delete(key);
    this.waiting.delete(key);
    for (const [priority, keys] of this.active) {
      if (keys.delete(key) && keys.size === 0) this.active.delete(priority);
    }
  }
}
