// One of several candidates leads at a time, as in client-go: who holds the Lease, and renews it, leads. Staleness is
// judged by one's own clock, from when the Lease was last seen to change. Each leadership is a term of its own, whose
// number stands in a ConfigMap: its resourceVersion is the fence by which a write of an older term is told and refused,
// also when its author was paused and does not know yet that it lost.
//
//   following ──Lease free or stale──▶ acquiring ──term taken──▶ leading ──renewed too late, or lost──▶ following
//   any ──stop()──▶ released

import { configmaps, type Lease, leases } from '../api/index.ts';
import type { Clock, Logger } from '../base/index.ts';
import { ApiError, formatMicroTime, type Live, type ObjectKey } from '../machinery/index.ts';
import type { Client } from './client.ts';

export interface Term {
  /** The ConfigMap that must still have this resourceVersion when a write of this term is committed. */
  fence: { key: ObjectKey; resourceVersion: string };
  /** Aborted when the term is over. */
  signal: AbortSignal;
}

export interface LeaderElectionOptions {
  client: Client;
  clock: Clock;
  log: Logger;
  /** Of the Lease; the ConfigMap is called NAME-term. */
  lease: { namespace: string; name: string };
  /** Unique among the candidates. */
  identity: string;
  /** Leads until the term's signal aborts; resolves when all that it began has ended. A rejection ends the term. */
  lead(term: Term): Promise<void>;
  /** Milliseconds; default: taken over after 10,000 of silence, renewed every 2,000, given up by oneself after 7,000. */
  leaseDuration?: number;
  renewDeadline?: number;
  retryPeriod?: number;
}

interface Seen {
  resourceVersion: string;
  /** On our monotonic clock. */
  at: number;
}

export class LeaderElection {
  private readonly options: Required<LeaderElectionOptions>;
  private readonly stopped = new AbortController();
  private seen: Seen | undefined;
  private running: Promise<void> | undefined;
  private current: string | undefined;

  constructor(options: LeaderElectionOptions) {
    this.options = { leaseDuration: 10_000, renewDeadline: 7_000, retryPeriod: 2_000, ...options };
  }

  /** Who leads, as last seen; undefined: nobody that is known. */
  get leader(): string | undefined {
    return this.current;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Ends the term, where one is led, and gives the Lease up, so that the next need not wait. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { clock, retryPeriod, log } = this.options;
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        const lease = await this.acquire();
        if (lease) await this.leadTerm(lease);
      } catch (error) {
        log.warn({ err: error }, 'the election of a leader failed; it is tried again');
      }
      // A random share, so that candidates don't collide for ever.
      await clock.sleep(retryPeriod * (0.5 + Math.random() / 2), signal).catch(() => undefined);
    }
  }

  /** Answers the Lease where it is ours now. */
  private async acquire(): Promise<Live<Lease> | undefined> {
    const { client, identity } = this.options;
    const found = await this.find();
    if (!found) return this.unlessLost(client.create(leases, this.claim(0)));
    this.current = found.spec?.holderIdentity || undefined;
    if (this.current && this.current !== identity && !this.isStale(found)) return undefined;
    const transitions = (found.spec?.leaseTransitions ?? 0) + (this.current === identity ? 0 : 1);
    return this.unlessLost(client.update(leases, { ...this.claim(transitions), metadata: found.metadata }));
  }

  private async find(): Promise<Live<Lease> | undefined> {
    try {
      return await this.options.client.get(leases, this.options.lease);
    } catch (error) {
      if (ApiError.is(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  private isStale({ metadata: { resourceVersion }, spec }: Live<Lease>): boolean {
    const now = this.options.clock.monotonic();
    if (this.seen?.resourceVersion !== resourceVersion) this.seen = { resourceVersion, at: now };
    return now - this.seen.at >= (spec?.leaseDurationSeconds ?? 0) * 1000;
  }

  private claim(leaseTransitions: number): Lease {
    const { lease, identity, leaseDuration, clock } = this.options;
    const now = formatMicroTime(clock.now());
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: lease,
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(leaseDuration / 1000),
        acquireTime: now,
        renewTime: now,
        leaseTransitions,
      },
    };
  }

  /** Undefined: another candidate was faster. */
  private async unlessLost<T>(write: Promise<T>): Promise<T | undefined> {
    try {
      return await write;
    } catch (error) {
      if (ApiError.is(error, 'Conflict') || ApiError.is(error, 'AlreadyExists')) return undefined;
      throw error;
    }
  }

  private async leadTerm(lease: Live<Lease>): Promise<void> {
    const { log, identity, lead, clock } = this.options;
    const acquired = clock.monotonic();
    const over = new AbortController();
    const fence = await this.takeTerm();
    this.current = identity;
    log.info({ identity }, 'leading');
    const led = lead({ fence, signal: over.signal }).catch((error: unknown) => {
      log.error({ err: error }, 'leading failed');
      over.abort();
    });
    const last = await this.renewWhile(over.signal, lease, acquired);
    over.abort();
    await led;
    log.info({ identity }, 'no longer leading');
    if (this.stopped.signal.aborted && last) await this.release(last);
  }

  /** From here on, writes of older terms are refused. */
  private async takeTerm(): Promise<Term['fence']> {
    const { client, lease, identity } = this.options;
    const key = { namespace: lease.namespace, name: `${lease.name}-term` };
    for (;;) {
      const before = await client.get(configmaps, key).catch((error: unknown) => {
        if (ApiError.is(error, 'NotFound')) return undefined;
        throw error;
      });
      const term = String(Number(before?.data?.term ?? 0) + 1);
      const next = { metadata: before?.metadata ?? key, data: { term, holder: identity } };
      const taken = await this.unlessLost(
        before ? client.update(configmaps, { ...before, ...next }) : client.create(configmaps, next),
      );
      if (taken) return { key, resourceVersion: taken.metadata.resourceVersion };
    }
  }

  /** Resolves when the term ends: with the Lease where it is still ours. */
  private async renewWhile(
    term: AbortSignal,
    lease: Live<Lease>,
    acquired: number,
  ): Promise<Live<Lease> | undefined> {
    const { clock, client, retryPeriod, renewDeadline, log } = this.options;
    const ended = AbortSignal.any([term, this.stopped.signal]);
    let held = lease;
    let renewed = acquired;
    for (;;) {
      await clock.sleep(retryPeriod, ended).catch(() => undefined);
      if (ended.aborted) return held;
      const begun = clock.monotonic();
      try {
        const spec = { ...held.spec, renewTime: formatMicroTime(clock.now()) };
        const next = await this.unlessLost(client.update(leases, { ...held, spec }));
        if (!next) return undefined;
        held = next;
        renewed = begun;
      } catch (error) {
        log.warn({ err: error }, 'the Lease of the leader could not be renewed');
        if (clock.monotonic() - renewed > renewDeadline) return undefined;
      }
    }
  }

  private async release(lease: Live<Lease>): Promise<void> {
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
    await this.unlessLost(this.options.client.update(leases, { ...lease, spec })).catch((error: unknown) =>
      this.options.log.info({ err: error }, 'the Lease of the leader could not be given up'),
    );
  }
}
