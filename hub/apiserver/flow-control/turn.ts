// A request's turn: the seat that it has in a priority level from the moment it is let in until its answer is written.

import type { ApiError } from '../../../shared/machinery/index.ts';
import type { RequestTurn, UserInfo } from '../request.ts';
import type { OtherPath, ResourcePath } from '../rest-path.ts';
import type { FlowCounts } from './flow-counts.ts';
import type { Member, PriorityLevel } from './priority-level.ts';
import type { Queue } from './queue-set.ts';

/** A flow schema at work. */
export interface Flow {
  schema: string;
  level: PriorityLevel<Turn>;
  distinguisher: 'ByUser' | 'ByNamespace' | undefined;
  counts: FlowCounts;
  /** Of the answers to its requests: by what they were judged. */
  headers: Readonly<Record<string, string>>;
  /** The queues of each of its flows. */
  hands: Map<string, readonly number[]>;
}

export interface TurnOptions {
  flow: Flow;
  distinguisher: string;
  user: UserInfo;
  path: ResourcePath | OtherPath;
  now: number;
  /** Takes the seat back. */
  onEnd(turn: Turn): void;
}

export class Turn implements Member<Turn>, RequestTurn {
  queue: Queue<Turn> | undefined;
  arrivedAtProgress = 0;
  startedAt = 0;
  readonly flow: Flow;
  readonly distinguisher: string;
  readonly user: UserInfo;
  readonly path: ResourcePath | OtherPath;
  readonly arrivedAt: number;
  /** Why it never came; throw it. */
  refusal: ApiError | undefined;
  /** Hears that it has come, where it has to be waited for. */
  onGo: ((now: number) => void) | undefined;
  private readonly onEnd: (turn: Turn) => void;
  private ended = false;

  constructor({ flow, distinguisher, user, path, now, onEnd }: TurnOptions) {
    this.flow = flow;
    this.distinguisher = distinguisher;
    this.user = user;
    this.path = path;
    this.arrivedAt = now;
    this.onEnd = onEnd;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.flow.headers;
  }

  go(now: number): void {
    this.onGo?.(now);
  }

  /** Nothing happens to one that never came. */
  ends(): void {
    if (this.ended || this.refusal) return;
    this.ended = true;
    this.onEnd(this);
  }
}
