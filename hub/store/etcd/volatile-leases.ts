// Volatile objects (leases, events) live in etcd as all others do, because every hub has to see them, but only for a
// time: etcd removes what has not been written again for an hour. It is not bound to the hub that wrote it: a hub that
// restarts takes no node's lease with it.

import type { Clock } from '../../../shared/base/index.ts';
import type { EtcdConnection } from './connection.ts';

export interface VolatileLeasesOptions {
  connection: EtcdConnection;
  clock: Clock;
  /** Seconds that a volatile object lives after its last write. */
  lifetime: number;
}

/** Milliseconds for which what is written shares one of etcd's leases. */
const sharing = 60_000;

export class VolatileLeases {
  private readonly options: VolatileLeasesOptions;
  private granted: { id: Promise<string>; at: number } | undefined;

  constructor(options: VolatileLeasesOptions) {
    this.options = options;
  }

  /** The lease for what is written now. Rejects with an EtcdFailure. */
  current(): Promise<string> {
    const now = this.options.clock.monotonic();
    if (this.granted && now - this.granted.at < sharing) return this.granted.id;
    const granted = { id: this.grant(), at: now };
    this.granted = granted;
    granted.id.catch(() => {
      if (this.granted === granted) this.granted = undefined;
    });
    return granted.id;
  }

  /** etcd knows it no longer: the next write gets a new one. */
  forget(): void {
    this.granted = undefined;
  }

  private grant(): Promise<string> {
    return this.options.connection.grantLease(this.options.lifetime + sharing / 1000);
  }
}
