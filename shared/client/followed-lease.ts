// A Lease as it is seen from here: when it will have run out, judged by our own clock from when it was last seen to
// change. Nothing is asked while it is renewed.

import { type Lease, leases } from '../api/index.ts';
import type { Clock, Logger } from '../base/index.ts';
import type { Live } from '../machinery/index.ts';
import type { Client } from './client.ts';

export interface FollowedLeaseOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  lease: { namespace: string; name: string };
  /** Milliseconds after which one that cannot be followed counts as run out. */
  patience: number;
}

export class FollowedLease {
  private readonly options: FollowedLeaseOptions;
  private following: { stop(): void } | undefined;
  private lease: Live<Lease> | undefined;
  /** When it was last seen to change, on our monotonic clock; undefined: not seen yet. */
  private changedAt: number | undefined;
  private wake: () => void = () => {};

  constructor(options: FollowedLeaseOptions) {
    this.options = options;
  }

  start(): void {
    const { client, lease, log } = this.options;
    this.following = client.listWatch<Lease>(
      { resource: leases, namespace: lease.namespace, fieldSelector: `metadata.name=${lease.name}` },
      {
        onReplace: ({ items }) => this.see(items[0]),
        onEvent: ({ type, object }) => this.see(type === 'DELETED' ? undefined : object),
        onError: (error) => log.warn({ err: error }, 'the Lease of the leader could not be followed'),
      },
    );
  }

  stop(): void {
    this.following?.stop();
    this.wake();
  }

  /** Resolves when whoever holds it must have lost it, or gave it up, or is `identity`; or when the signal aborts. */
  async free(identity: string, signal: AbortSignal): Promise<void> {
    for (let left = this.timeLeft(identity); left > 0 && !signal.aborted; left = this.timeLeft(identity)) {
      await new Promise<void>((resolve) => {
        const timer = this.options.clock.after(left, resolve);
        this.wake = () => {
          timer.cancel();
          resolve();
        };
      });
    }
  }

  /** Milliseconds. */
  private timeLeft(identity: string): number {
    const { patience, clock } = this.options;
    if (this.changedAt === undefined) return patience;
    const { holderIdentity, leaseDurationSeconds = 0 } = this.lease?.spec ?? {};
    if (!holderIdentity || holderIdentity === identity) return 0;
    return this.changedAt + leaseDurationSeconds * 1_000 - clock.monotonic();
  }

  private see(lease: Live<Lease> | undefined): void {
    const isNews = this.lease?.metadata.resourceVersion !== lease?.metadata.resourceVersion;
    if (isNews || this.changedAt === undefined) this.changedAt = this.options.clock.monotonic();
    this.lease = lease;
    this.wake();
  }
}
