// API Priority and Fairness: every request that does not last is put into a flow and a priority level by the FlowSchemas and
// PriorityLevelConfigurations of the cluster, and is let in, waits or is refused by these (KEP-1040, as k8s.io/apiserver
// v1.32). Exempt requests are always let in.

import { flowschemas, prioritylevelconfigurations } from '../../../shared/api/index.ts';
import type { Clock, Logger, Timer } from '../../../shared/base/index.ts';
import { ApiError, type Live } from '../../../shared/machinery/index.ts';
import type { Key, Store, StoreError, Watch } from '../../store/index.ts';
import { isLiveOf, storeKey } from '../kind.ts';
import type { RestRequest } from '../request.ts';
import { waitLimit } from '../request-time.ts';
import type { OtherPath, ResourcePath } from '../rest-path.ts';
import { configurationOf, type SchemaConfig } from './configuration.ts';
import { FlowCounts, type RefusalReason } from './flow-counts.ts';
import { FlowSchemas } from './flow-schemas.ts';
import { boundsOf, planSeats } from './plan-seats.ts';
import { PriorityLevel } from './priority-level.ts';
import { deal, flowHash } from './shuffle-shard.ts';
import { type Flow, Turn } from './turn.ts';

export interface FlowControlOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  /** How many requests may be at work at once, those of exempt levels aside. */
  seats: number;
}

type Path = ResourcePath | OtherPath;
type Asking = Pick<RestRequest, 'user' | 'onGone'>;

const prefix = '/flowcontrol.apiserver.k8s.io/';
/** How often seats are divided anew while there are requests, milliseconds. */
const adjustmentPeriod = 10_000;
/** Flows of one schema whose hands are remembered. */
const mostHands = 1024;
/** What lasts as long as its client likes has no seat. */
const lasting = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

export class FlowControl {
  /** By name; those that are gone are there until their last request has ended. */
  readonly levels = new Map<string, PriorityLevel<Turn>>();
  /** By level and schema. */
  readonly counts = new Map<string, { level: string; schema: string; counts: FlowCounts }>();
  /** The part of its demand that every level has that is at no bound. */
  fairFraction = 0;
  private readonly options: FlowControlOptions;
  private readonly objects = new Map<Key, Live>();
  private schemas: FlowSchemas<Flow>;
  private watch: Watch | undefined;
  private timer: Timer | undefined;
  private adjustedAt: number;

  constructor(options: FlowControlOptions) {
    this.options = options;
    this.adjustedAt = options.clock.monotonic();
    this.schemas = this.digest();
  }

  async start(): Promise<void> {
    const { store } = this.options;
    const { objects, revision } = await store.list(prefix);
    this.objects.clear();
    for (const object of objects) this.objects.set(keyOf(object), object);
    this.schemas = this.digest();
    this.watch = store.watch(
      prefix,
      {
        onChanges: (changes) => {
          for (const { key, object } of changes) {
            if (object) this.objects.set(key, object);
            else this.objects.delete(key);
          }
          this.schemas = this.digest();
        },
        onEnd: (error) => this.onEnd(error),
      },
      revision,
    );
  }

  stop(): void {
    this.watch?.stop();
    this.timer?.cancel();
  }

  /**
   * Undefined: the request has no turn, for it lasts. Else its turn, perhaps after it has waited for it: it has to be ended, and where it
   * has a refusal that is to be thrown.
   */
  enter(path: Path, asking: Asking): Turn | Promise<Turn> | undefined {
    if (path.type === 'resource' && path.verb !== 'watch' && lasting.has(path.subresource ?? ''))
      return undefined;
    const now = this.options.clock.monotonic();
    const { user } = asking;
    const flow = this.schemas.flowOf(user, path);
    const distinguisher = distinguisherOf(flow, user.name, path);
    const turn = new Turn({ flow, distinguisher, user, path, now, onEnd: this.leave });
    this.timer ??= this.options.clock.after(adjustmentPeriod, () => this.onPeriod());
    const beginning = flow.level.begin(turn, handOf(flow, distinguisher), now);
    if (beginning === 'executing') this.started(turn);
    else if (beginning === 'waiting') return this.wait(turn, asking);
    else this.refuse(turn, beginning, now);
    return turn;
  }

  private wait(turn: Turn, { onGone }: Asking): Promise<Turn> {
    const { clock } = this.options;
    const { level, counts } = turn.flow;
    counts.waiting += 1;
    return new Promise((resolve) => {
      let stay: (() => void) | undefined;
      const settle = () => {
        timer.cancel();
        stay?.();
        counts.waiting -= 1;
        resolve(turn);
      };
      const giveUp = (reason: RefusalReason) => {
        const now = clock.monotonic();
        level.abandon(turn, reason, now);
        this.refuse(turn, reason, now);
        settle();
        this.reap(level);
      };
      const timer = clock.after(waitLimit(turn.path), () => giveUp('time-out'));
      stay = onGone?.(() => giveUp('cancelled'));
      turn.onGo = (now) => {
        level.started(turn, now);
        this.started(turn);
        settle();
      };
    });
  }

  private started({ flow: { counts, level }, startedAt, arrivedAt }: Turn): void {
    counts.dispatched += 1;
    counts.executing += 1;
    if (!level.exempt) counts.waited.true.observe((startedAt - arrivedAt) / 1000);
  }

  private refuse(turn: Turn, reason: RefusalReason, now: number): void {
    const { counts, level } = turn.flow;
    counts.refuse(reason);
    counts.waited.false.observe((now - turn.arrivedAt) / 1000);
    turn.refusal = new ApiError('TooManyRequests', 'Too many requests, please try again later.', {
      retryAfterSeconds: level.dropped.retryAfter,
    });
  }

  private readonly leave = (turn: Turn): void => {
    const now = this.options.clock.monotonic();
    const { counts, level } = turn.flow;
    counts.executing -= 1;
    const kind = turn.path.type === 'resource' && turn.path.verb === 'watch' ? 'watch' : 'regular';
    counts.executed[kind].observe((now - turn.startedAt) / 1000);
    level.finish(turn, now);
    this.reap(level);
  };

  /** A level that is gone ends with its last request: its seats are the others'. */
  private reap(level: PriorityLevel<Turn>): void {
    if (level.quiescing && level.isIdle) this.schemas = this.digest();
  }

  /** Takes over all that is known, in one piece. */
  private digest(): FlowSchemas<Flow> {
    const { clock, seats } = this.options;
    const now = clock.monotonic();
    const objects = [...this.objects.values()];
    const { levels, schemas } = configurationOf(
      objects.filter((object) => isLiveOf(prioritylevelconfigurations, object)),
      objects.filter((object) => isLiveOf(flowschemas, object)),
    );
    const wanted = new Map(levels.map((config) => [config.name, config]));
    for (const level of this.levels.values()) {
      level.quiescing = !wanted.has(level.name);
      if (level.quiescing && level.isIdle) this.levels.delete(level.name);
    }
    for (const [name, config] of wanted)
      if (!this.levels.has(name)) this.levels.set(name, new PriorityLevel(config, now));
    const all = [...this.levels.values()];
    for (const level of all) level.config = wanted.get(level.name) ?? level.config;
    const bounds = boundsOf(
      seats,
      all.map(({ shares }) => shares),
    );
    for (const [at, level] of all.entries()) level.configure(level.config, bounds[at] ?? level.bounds, now);
    this.adjust(now);
    return this.flowsOf(schemas);
  }

  private flowsOf(configs: readonly SchemaConfig[]): FlowSchemas<Flow> {
    const classified = configs.flatMap((config) => {
      const level = this.levels.get(config.spec.priorityLevelConfiguration.name);
      return level ? [{ spec: config.spec, flow: this.flowOf(config, level) }] : [];
    });
    const current = new Set(classified.map(({ flow }) => flow.counts));
    for (const [key, { counts }] of this.counts)
      if (!current.has(counts) && counts.executing + counts.waiting === 0) this.counts.delete(key);
    const catchAll = classified.find(({ flow }) => flow.schema === 'catch-all') ?? classified.at(-1);
    if (!catchAll) throw new RangeError('there is no flow schema at all');
    return new FlowSchemas(classified, catchAll.flow);
  }

  private flowOf({ name: schema, uid, spec }: SchemaConfig, level: PriorityLevel<Turn>): Flow {
    const key = `${level.name}/${schema}`;
    const counted = this.counts.get(key) ?? { level: level.name, schema, counts: new FlowCounts() };
    this.counts.set(key, counted);
    const method = spec.distinguisherMethod?.type;
    return {
      ...{ schema, level, counts: counted.counts, hands: new Map() },
      distinguisher: method === 'ByUser' || method === 'ByNamespace' ? method : undefined,
      headers: {
        'X-Kubernetes-PF-FlowSchema-UID': uid,
        'X-Kubernetes-PF-PriorityLevel-UID': level.config.uid,
      },
    };
  }

  private onPeriod(): void {
    this.timer = undefined;
    this.adjust(this.options.clock.monotonic());
    if ([...this.levels.values()].every(({ isIdle }) => isIdle)) return;
    this.timer = this.options.clock.after(adjustmentPeriod, () => this.onPeriod());
  }

  private adjust(now: number): void {
    const periods = Math.max(1, Math.round((now - this.adjustedAt) / adjustmentPeriod));
    this.adjustedAt = now;
    const all = [...this.levels.values()];
    const needs = all.map((level) => ({
      ...{ exempt: level.exempt, ...level.bounds },
      ...level.closePeriod(now, periods),
    }));
    const { limits, targets, fairFraction } = planSeats(needs);
    this.fairFraction = fairFraction;
    for (const [at, level] of all.entries()) {
      level.target = targets[at] ?? 0;
      level.setLimit(limits[at] ?? 0, now);
    }
  }

  private onEnd(error: StoreError): void {
    const { log } = this.options;
    if (error.code === 'compacted')
      this.start().catch((cause: unknown) =>
        log.error({ err: cause }, 'flow schemas are not followed again'),
      );
    else log.debug({ reason: error.message }, 'flow schemas are no longer followed');
  }
}

function keyOf({ kind, metadata }: Live): Key {
  const row = kind === flowschemas.kind ? flowschemas : prioritylevelconfigurations;
  return storeKey(row, undefined, metadata.name);
}

function distinguisherOf({ level, distinguisher }: Flow, user: string, path: Path): string {
  if (!distinguisher || (level.deck?.queues ?? 0) < 2) return '';
  if (distinguisher === 'ByUser') return user;
  return (path.type === 'resource' && path.namespace) || '';
}

const noHand: readonly number[] = [];

function handOf({ schema, level, hands }: Flow, distinguisher: string): readonly number[] {
  const known = hands.get(distinguisher);
  if (known) return known;
  const { deck } = level;
  if (!deck) return noHand;
  const hand = deal(flowHash(schema, distinguisher), deck.queues, deck.handSize);
  if (hands.size >= mostHands) hands.clear();
  hands.set(distinguisher, hand);
  return hand;
}
