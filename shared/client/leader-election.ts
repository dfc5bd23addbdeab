// One of several candidates leads at a time, as in client-go: who holds the Lease, and renews it, leads. Each leadership is
// a term of its own, whose number stands in a ConfigMap: its resourceVersion is the fence by which a write of an older
// term is told and refused, also when its author was paused and does not know yet that it lost.
//
//   following ──Lease free, or run out──▶ acquiring ──term taken──▶ leading ──renewed too late, or lost──▶ following
//   any ──stop()──▶ released

import { configmaps, type Lease, leases } from '../api/index.ts';
import type { Clock, Logger } from '../base/index.ts';
import { ApiError, formatMicroTime, type Live, type ObjectKey } from '../machinery/index.ts';
import type { Client } from './client.ts';
import { FollowedLease } from './followed-lease.ts';

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
}

/** Milliseconds, of the Lease: written every 2 s, given up by oneself after 5 s without, taken over after 7 s. */
const renewPeriod = 2_000;
const renewDeadline = 5_000;
const leaseDuration = 7_000;

/** The Lease, and since when (on our monotonic clock) it is certain that it has not run out. */
interface Held {
  lease: Live<Lease>;
  since: number;
}

export class LeaderElection {
  private readonly options: LeaderElectionOptions;
  private readonly followed: FollowedLease;
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(options: LeaderElectionOptions) {
    this.options = options;
    this.followed = new FollowedLease({ ...options, patience: leaseDuration });
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Ends the term, where one is led, and gives the Lease up, so that the next need not wait. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.followed.stop();
    await this.running;
  }

  private async run(): Promise<void> {
    const { clock, identity, log } = this.options;
    const { signal } = this.stopped;
    this.followed.start();
    while (!signal.aborted) {
      await this.followed.free(identity, signal);
      if (signal.aborted) return;
      try {
        const held = await this.acquire();
        if (held) await this.leadTerm(held);
      } catch (error) {
        log.warn({ err: error }, 'the election of a leader failed; it is tried again');
      }
      // A random share, so that candidates don't collide for ever.
      await clock.sleep(renewPeriod * (0.5 + Math.random() / 2), signal).catch(() => undefined);
    }
  }

  /** Answers the Lease where it is ours now. */
  private async acquire(): Promise<Held | undefined> {
    const { client, identity, clock } = this.options;
    const since = clock.monotonic();
    const found = await this.find();
    const transitions = found?.spec?.leaseTransitions ?? 0;
    const lease = await unlessLost(
      found
        ? client.update(leases, {
            ...this.claim(transitions + (found.spec?.holderIdentity === identity ? 0 : 1)),
            metadata: found.metadata,
          })
        : client.create(leases, this.claim(0)),
    );
    return lease && { lease, since };
  }

  private async find(): Promise<Live<Lease> | undefined> {
    return unlessAbsent(this.options.client.get(leases, this.options.lease));
  }

  private claim(leaseTransitions: number): Lease {
    const { lease, identity, clock } = this.options;
    const now = formatMicroTime(clock.now());
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: lease,
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: leaseDuration / 1000,
        acquireTime: now,
        renewTime: now,
        leaseTransitions,
      },
    };
  }

  private async leadTerm(acquired: Held): Promise<void> {
    const { log, identity, lead } = this.options;
    const fence = await this.takeTerm();
    if (this.timeLeft(acquired) <= 0) throw new Error('the term was taken too late to begin');
    const over = new AbortController();
    log.info({ identity }, 'leading');
    const led = lead({ fence, signal: over.signal }).catch((error: unknown) => {
      log.error({ err: error }, 'leading failed');
      over.abort();
    });
    const last = await this.renewWhile(over.signal, acquired, fence);
    over.abort();
    await led;
    log.info({ identity }, 'no longer leading');
    if (last) await this.release(last);
  }

  private get termKey(): ObjectKey {
    const { namespace, name } = this.options.lease;
    return { namespace, name: `${name}-term` };
  }

  /** From here on, writes of older terms are refused. */
  private async takeTerm(): Promise<Term['fence']> {
    const { client, identity } = this.options;
    const key = this.termKey;
    for (;;) {
      const before = await unlessAbsent(client.get(configmaps, key));
      const term = String(Number(before?.data?.term ?? 0) + 1);
      const next = { metadata: before?.metadata ?? key, data: { term, holder: identity } };
      const taken = await unlessLost(
        before ? client.update(configmaps, { ...before, ...next }) : client.create(configmaps, next),
      );
      if (taken) return { key, resourceVersion: taken.metadata.resourceVersion };
    }
  }

  /** Resolves when the term ends: with the Lease where it is still ours. */
  private async renewWhile(
    term: AbortSignal,
    acquired: Held,
    fence: Term['fence'],
  ): Promise<Live<Lease> | undefined> {
    const ended = AbortSignal.any([term, this.stopped.signal]);
    let held: Held | undefined = acquired;
    while (held && !ended.aborted) held = await this.renewInTime(held, fence, ended);
    return held?.lease;
  }

  /**
   * The Lease as it was renewed, or as it is where the term has ended before. Undefined: it is lost, or no answer came in
   * time. What comes of a late one does not matter: by then another may lead.
   */
  private async renewInTime(held: Held, fence: Term['fence'], ended: AbortSignal): Promise<Held | undefined> {
    const { clock, log } = this.options;
    const late = new AbortController();
    const timer = clock.after(this.timeLeft(held), () => late.abort(new Error('no answer came in time')));
    try {
      for (;;) {
        await clock.sleep(renewPeriod, AbortSignal.any([ended, late.signal])).catch(() => undefined);
        if (ended.aborted) return held;
        try {
          late.signal.throwIfAborted();
          return await Promise.race([this.renew(held, fence), whenAborted(late.signal)]);
        } catch (error) {
          log.warn({ err: error }, 'the Lease of the leader could not be renewed');
          if (late.signal.aborted) return undefined;
        }
      }
    } finally {
      timer.cancel();
    }
  }

  /** Undefined: another one leads, or has taken a later term. */
  private async renew({ lease }: Held, fence: Term['fence']): Promise<Held | undefined> {
    const { client, clock } = this.options;
    const since = clock.monotonic();
    const term = await unlessAbsent(client.get(configmaps, fence.key));
    if (term?.metadata.resourceVersion !== fence.resourceVersion) return undefined;
    const spec = { ...lease.spec, renewTime: formatMicroTime(clock.now()) };
    const renewed = await unlessLost(client.update(leases, { ...lease, spec }));
    return renewed && { lease: renewed, since };
  }

  /** Milliseconds in which the Lease must be renewed. */
  private timeLeft({ since }: Held): number {
    return Math.max(0, since + renewDeadline - this.options.clock.monotonic());
  }

  private async release(lease: Live<Lease>): Promise<void> {
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
    await unlessLost(this.options.client.update(leases, { ...lease, spec })).catch((error: unknown) =>
      this.options.log.info({ err: error }, 'the Lease of the leader could not be given up'),
    );
  }
}

/** Undefined: another candidate was faster. */
async function unlessLost<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (ApiError.is(error, 'Conflict') || ApiError.is(error, 'AlreadyExists')) return undefined;
    throw error;
  }
}

async function unlessAbsent<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (ApiError.is(error, 'NotFound')) return undefined;
    throw error;
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
