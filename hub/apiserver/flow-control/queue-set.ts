// The queues of one priority level, and whose turn it is: fair queuing for requests whose length nobody knows before
// (k8s.io/apiserver/pkg/util/flowcontrol/fairqueuing/queueset, KEP-1040). Time is handed in, milliseconds; every request has one
// seat. The level has a progress meter: how much service each queue that has work should have had by now. The queue whose
// oldest request would be done first by that meter is next.

/** A request's place, in a queue or at work. */
export interface Place<P> {
  /** Undefined: it has not waited in any. */
  queue: Queue<P> | undefined;
  /** What the meter showed when it came. */
  arrivedAtProgress: number;
  /** Its turn has come; only called for a place that was told to wait. */
  go(now: number): void;
}

export interface Queue<P> {
  /** Oldest first. */
  readonly waiting: Set<P>;
  executing: number;
  /** The meter's reading at which its next request is due. */
  due: number;
}

export interface QueueSetConfig {
  /** `unlimited`: nobody waits; `refusing`: nobody waits, and who finds no seat is refused. */
  mode: 'unlimited' | 'refusing' | 'queuing';
  /** With `queuing`. */
  queues: number;
  /** The most that wait in one queue. */
  queueLengthLimit: number;
}

export type Beginning = 'executing' | 'waiting' | 'concurrency-limit' | 'queue-full';

/** What a request is taken to need before it is known, milliseconds. */
const estimatedService = 3;

export class QueueSet<P extends Place<P>> {
  /** How many requests may be at work. */
  limit = 0;
  executing = 0;
  waiting = 0;
  /** Some may be more than there should be, until they are empty. */
  readonly queues: Queue<P>[] = [];
  private config: QueueSetConfig = { mode: 'refusing', queues: 0, queueLengthLimit: 0 };
  private progress = 0;
  private at = 0;
  /** Queues that have work, and how much of it. */
  private active = 0;
  private queued = 0;
  private enqueued = 0;
  /** The queue that was served last. */
  private last = 0;

  get isIdle(): boolean {
    return this.executing + this.waiting === 0;
  }

  configure(config: QueueSetConfig, now: number): void {
    this.advance(now);
    this.config = config;
    if (config.mode === 'queuing')
      while (this.queues.length < config.queues)
        this.queues.push({ waiting: new Set(), executing: 0, due: 0 });
    this.dropEmptyQueues();
    this.serve(now);
  }

  /** Seats may have become free by it. */
  setLimit(limit: number, now: number): void {
    this.advance(now);
    this.limit = limit;
    this.serve(now);
  }

  /** `hand`: the queues of its flow, with `queuing`. */
  begin(place: P, hand: readonly number[], now: number): Beginning {
    this.advance(now);
    const { mode, queueLengthLimit } = this.config;
    if (mode !== 'queuing') {
      if (mode === 'refusing' && !this.hasSeat()) return 'concurrency-limit';
      this.executing += 1;
      return 'executing';
    }
    const queue = this.shortestOf(hand);
    const free = this.executing < this.limit;
    if (!free && queue.waiting.size >= queueLengthLimit) return 'queue-full';
    place.queue = queue;
    place.arrivedAtProgress = this.progress;
    const idle = queue.executing + queue.waiting.size === 0;
    if (idle) this.active += 1;
    this.queued += 1;
    if (idle) queue.due = this.progress;
    if (free && this.waiting === 0) {
      queue.due = Math.max(queue.due, this.progress);
      this.execute(queue);
      return 'executing';
    }
    queue.waiting.add(place);
    this.waiting += 1;
    bound(queue);
    return 'waiting';
  }

  /** A request at work is done. */
  finish({ queue }: P, startedAt: number, now: number): void {
    this.advance(now);
    this.executing -= 1;
    if (queue) {
      queue.executing -= 1;
      // What it has really needed counts, not what was thought before.
      queue.due += now - startedAt - estimatedService;
      bound(queue);
      this.settle(queue);
    }
    this.serve(now);
  }

  /** A request that waits does so no longer. */
  abandon(place: P, now: number): void {
    this.advance(now);
    const { queue } = place;
    if (!queue?.waiting.delete(place)) return;
    this.waiting -= 1;
    bound(queue);
    this.settle(queue);
  }

  private hasSeat(): boolean {
    return this.limit < 1 ? this.executing === 0 : this.executing < this.limit;
  }

  /** The meter goes on at the rate at which each queue that has work is served, were all served alike. */
  private advance(now: number): void {
    if (this.active > 0) this.progress += ((now - this.at) * Math.min(this.queued, this.limit)) / this.active;
    this.at = now;
  }

  /** Of equals another one each time, so that flows whose hands overlap do not meet. */
  private shortestOf(hand: readonly number[]): Queue<P> {
    const offset = this.enqueued % hand.length;
    this.enqueued += 1;
    let shortest: Queue<P> | undefined;
    for (let at = 0; at < hand.length; at += 1) {
      const queue = this.queues[hand[(offset + at) % hand.length] ?? 0];
      if (queue && (!shortest || queue.waiting.size < shortest.waiting.size)) shortest = queue;
      if (this.waiting === 0) break;
    }
    if (!shortest) throw new RangeError('a hand of queues that there are not');
    return shortest;
  }

  /** Gives free seats to those that wait. */
  private serve(now: number): void {
    while (this.waiting > 0 && this.executing < this.limit) {
      const queue = this.next();
      const [place] = queue.waiting;
      if (!place) return;
      queue.waiting.delete(place);
      this.waiting -= 1;
      this.execute(queue);
      bound(queue);
      place.go(now);
    }
  }

  private execute(queue: Queue<P>): void {
    this.executing += 1;
    queue.executing += 1;
    queue.due += estimatedService;
  }

  /** In turn, beginning behind the last: of queues that are due alike the others come first. */
  private next(): Queue<P> {
    let best: { queue: Queue<P>; at: number } | undefined;
    const { length } = this.queues;
    for (let step = 1; step <= length; step += 1) {
      const at = (this.last + step) % length;
      const queue = this.queues[at];
      if (queue && queue.waiting.size > 0 && (!best || queue.due < best.queue.due)) best = { queue, at };
    }
    if (!best) throw new RangeError('nobody waits');
    this.last = best.at;
    return best.queue;
  }

  /** One request fewer. */
  private settle(queue: Queue<P>): void {
    this.queued -= 1;
    if (queue.executing + queue.waiting.size > 0) return;
    this.active -= 1;
    if (this.queues.length > this.config.queues) this.dropEmptyQueues();
  }

  private dropEmptyQueues(): void {
    const { mode, queues } = this.config;
    const wanted = mode === 'queuing' ? queues : 0;
    while (this.queues.length > wanted) {
      const last = this.queues.at(-1);
      if (last && last.executing + last.waiting.size > 0) return;
      this.queues.pop();
    }
  }
}

/** A queue that did not use what it might have had gains nothing by that: its oldest request is not due before it came. */
function bound<P extends Place<P>>(queue: Queue<P>): void {
  const [oldest] = queue.waiting;
  if (oldest && queue.due < oldest.arrivedAtProgress) queue.due = oldest.arrivedAtProgress;
}
