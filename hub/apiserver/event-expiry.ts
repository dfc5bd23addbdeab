// Events tell what happened lately: each goes an hour after it was last written (as upstream's --event-ttl), and the
// oldest go sooner where there are too many. They are in memory only, so this costs no write to disk.

import { type Event, events } from '../../shared/api/index.ts';
import type { Clock, Logger, Timer } from '../../shared/base/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import { type Change, type Key, type Store, StoreError, type Watch } from '../store/index.ts';
import { isLiveOf, prefixOf, storeKey } from './kind.ts';

export interface EventExpiryOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  /** Milliseconds. */
  ttl: number;
  /** More than so many are never kept. */
  limit: number;
}

interface Written {
  revision: number;
  /** Clock.monotonic() of the write. */
  at: number;
}

export class EventExpiry {
  private readonly options: EventExpiryOptions;
  /** The one that was written longest ago comes first. */
  private readonly written = new Map<Key, Written>();
  private watch: Watch | undefined;
  private timer: Timer | undefined;
  private expiring: Promise<void> | undefined;
  private crowded = false;

  constructor(options: EventExpiryOptions) {
    this.options = options;
  }

  /** The store must have started. */
  async start(): Promise<void> {
    const { store, log } = this.options;
    const prefix = prefixOf(events);
    const { objects, revision } = await store.list(prefix);
    const known = objects
      .filter((object) => isLiveOf(events, object))
      .map((event) => this.writtenBefore(event));
    for (const [key, written] of known.sort(([, a], [, b]) => a.at - b.at)) this.written.set(key, written);
    this.watch = store.watch(
      prefix,
      {
        onChanges: (changes) => this.take(changes),
        onEnd: (error) => {
          this.watch = undefined;
          log.debug({ err: error }, 'events are no longer followed');
        },
      },
      revision,
    );
    this.lookLater();
  }

  async stop(): Promise<void> {
    this.watch?.stop();
    this.watch = undefined;
    this.timer?.cancel();
    await this.expiring;
  }

  /** Of an event that was there before: its own times say how old it is. */
  private writtenBefore(event: Live<Event>): [Key, Written] {
    const { clock } = this.options;
    const { name, namespace, resourceVersion, creationTimestamp } = event.metadata;
    const said =
      event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? creationTimestamp;
    const age = Math.max(0, clock.now() - Date.parse(String(said)) || 0);
    const at = clock.monotonic() - age;
    return [storeKey(events, namespace, name), { revision: Number(resourceVersion), at }];
  }

  private take(changes: readonly Change[]): void {
    const at = this.options.clock.monotonic();
    for (const { key, object, revision } of changes) {
      this.written.delete(key);
      if (object) this.written.set(key, { revision, at });
    }
    this.lookLater();
  }

  /** Sets the timer for the oldest; at once where there are too many. */
  private lookLater(): void {
    const { clock, log } = this.options;
    const [oldest] = this.written.values();
    if (this.expiring || !this.watch || !oldest) return;
    const crowded = this.isCrowded();
    if (this.timer && !crowded) return;
    this.timer?.cancel();
    const wait = crowded ? 0 : Math.max(0, oldest.at + this.options.ttl - clock.monotonic());
    this.timer = clock.after(wait, () => {
      this.timer = undefined;
      this.expiring = this.expire()
        .catch((error: unknown) => log.warn({ err: error }, 'events could not be removed'))
        .finally(() => {
          this.expiring = undefined;
          this.lookLater();
        });
    });
  }

  private isCrowded(): boolean {
    const { limit, log } = this.options;
    const crowded = this.written.size > limit;
    if (crowded && !this.crowded) log.warn({ limit }, 'there are too many events: the oldest go');
    if (crowded) this.crowded = true;
    else if (this.written.size < limit / 2) this.crowded = false;
    return crowded;
  }

  private async expire(): Promise<void> {
    const { clock, ttl, limit } = this.options;
    for (const [key, { revision, at }] of this.written) {
      if (!this.watch || (at + ttl > clock.monotonic() && this.written.size <= limit)) return;
      this.written.delete(key);
      await this.remove(key, revision);
    }
  }

  private async remove(key: Key, expected: number): Promise<void> {
    try {
      await this.options.store.commit([{ key, expected, volatile: true }]);
    } catch (error) {
      // It has been written again, or is gone: what follows of that is heard.
      if (!(error instanceof StoreError && error.code === 'conflict')) throw error;
    }
  }
}
