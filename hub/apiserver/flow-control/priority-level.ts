// A priority level at work: its seats, its queues, and what it could have used.

import type { PriorityLevelConfiguration } from '../../../shared/api/index.ts';
import { DroppedRequests } from './dropped-requests.ts';
import type { RefusalReason } from './flow-counts.ts';
import type { SeatBounds, Shares } from './plan-seats.ts';
import { type Beginning, type Place, QueueSet, type QueueSetConfig } from './queue-set.ts';
import { type DemandStatistics, SeatDemand } from './seat-demand.ts';

/** A request in a level. */
export interface Member<M> extends Place<M> {
  startedAt: number;
}

export interface LevelConfig {
  name: string;
  uid: string;
  spec: NonNullable<PriorityLevelConfiguration['spec']>;
}

export class PriorityLevel<M extends Member<M>> {
  config: LevelConfig;
  /** It is gone, and ends with its last request. */
  quiescing = false;
  bounds: SeatBounds = { nominal: 0, lower: 0, upper: 0 };
  /** What was aimed at for it when seats were divided last. */
  target = 0;
  readonly dropped = new DroppedRequests();
  readonly executing = new Set<M>();
  readonly totals = { dispatched: 0, refused: 0, timedOut: 0, cancelled: 0 };
  private readonly set = new QueueSet<M>();
  private readonly demand: SeatDemand;

  constructor(config: LevelConfig, now: number) {
    this.config = config;
    this.demand = new SeatDemand(now);
  }

  get name(): string {
    return this.config.name;
  }

  get exempt(): boolean {
    return this.config.spec.type === 'Exempt';
  }

  get shares(): Shares {
    const { exempt, limited } = this.config.spec;
    return {
      nominalConcurrencyShares: (limited ?? exempt)?.nominalConcurrencyShares ?? (limited ? 30 : 0),
      lendablePercent: (limited ?? exempt)?.lendablePercent ?? 0,
      borrowingLimitPercent: limited?.borrowingLimitPercent,
    };
  }

  /** The queues among which flows are dealt out, and how many each gets; undefined: there is nothing to deal. */
  get deck(): { queues: number; handSize: number } | undefined {
    const { queues = 0, handSize = 0 } = this.config.spec.limited?.limitResponse?.queuing ?? {};
    return queues > 0 ? { queues, handSize } : undefined;
  }

  get queues(): QueueSet<M>['queues'] {
    return this.set.queues;
  }

  get waiting(): number {
    return this.set.waiting;
  }

  get isIdle(): boolean {
    return this.set.isIdle;
  }

  get limit(): number {
    return this.set.limit;
  }

  get statistics(): DemandStatistics {
    return this.demand.statistics;
  }

  configure(config: LevelConfig, bounds: SeatBounds, now: number): void {
    this.config = config;
    this.bounds = bounds;
    this.set.configure(queueSetConfig(config), now);
  }

  /** Ends a period of demand. */
  closePeriod(now: number, periods: number): DemandStatistics {
    return this.demand.close(now, periods);
  }

  setLimit(limit: number, now: number): void {
    this.set.setLimit(limit, now);
  }

  begin(member: M, hand: readonly number[], now: number): Beginning {
    const beginning = this.set.begin(member, hand, now);
    if (beginning === 'executing') this.started(member, now);
    else if (beginning !== 'waiting') this.refused(beginning, now);
    this.measure(now);
    return beginning;
  }

  /** The request is at work from now on. */
  started(member: M, now: number): void {
    member.startedAt = now;
    this.executing.add(member);
    this.totals.dispatched += 1;
  }

  finish(member: M, now: number): void {
    this.executing.delete(member);
    this.set.finish(member, member.startedAt, now);
    this.measure(now);
  }

  abandon(member: M, reason: RefusalReason, now: number): void {
    this.set.abandon(member, now);
    this.refused(reason, now);
    this.measure(now);
  }

  private refused(reason: RefusalReason, now: number): void {
    this.totals.refused += 1;
    if (reason === 'time-out') this.totals.timedOut += 1;
    if (reason === 'cancelled') this.totals.cancelled += 1;
    else this.dropped.record(Math.floor(now / 1000));
  }

  private measure(now: number): void {
    this.demand.set(this.set.executing + this.set.waiting, now);
  }
}

function queueSetConfig({ spec }: LevelConfig): QueueSetConfig {
  if (spec.type === 'Exempt') return { mode: 'unlimited', queues: 0, queueLengthLimit: 0 };
  const { queues = 0, queueLengthLimit = 0 } = spec.limited?.limitResponse?.queuing ?? {};
  return { mode: queues > 0 ? 'queuing' : 'refusing', queues, queueLengthLimit };
}
