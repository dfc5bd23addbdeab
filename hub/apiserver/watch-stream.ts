// One watcher's events as an async iterable: first what is there already, then what comes, from a bounded buffer.
//
//   open ──end()/fail()──▶ ending (what is buffered is still read) ──read──▶ stopped
//     └──────stop(), return() ───────────────────────────────────────────▶ stopped

import { ApiError, type KubeObject, type Status, type WatchEventType } from '../../shared/machinery/index.ts';

/** A watch event as it is sent: of type ERROR with a Status, else with an object (a bookmark's is nearly empty). */
export type SentEvent =
  | { type: Exclude<WatchEventType, 'ERROR'>; object: KubeObject }
  | { type: 'ERROR'; object: Status };

export interface WatchStreamOptions {
  initial: Iterator<SentEvent>;
  /** Called once, however the stream ends. */
  onStop(): void;
  /** Default: 1000. */
  limit?: number;
}

export class WatchStream implements AsyncIterableIterator<SentEvent> {
  /** Gone when it has been read. */
  private initial: Iterator<SentEvent> | undefined;
  private readonly onStop: () => void;
  private readonly limit: number;
  private buffer: SentEvent[] = [];
  private state: 'open' | 'ending' | 'stopped' = 'open';
  private waiting: ((result: IteratorResult<SentEvent>) => void) | undefined;

  constructor({ initial, onStop, limit = 1000 }: WatchStreamOptions) {
    this.initial = initial;
    this.onStop = onStop;
    this.limit = limit;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** A reader who is too far behind loses the buffer and the watch: it has to list again. */
  push(event: SentEvent): void {
    if (this.state !== 'open') return;
    if (this.waiting) this.answer(event);
    else if (this.buffer.length < this.limit) this.buffer.push(event);
    else {
      this.buffer = [];
      this.fail(new ApiError('Expired', `too slow: more than ${this.limit} events were waiting to be read`));
    }
  }

  /** Sends the error as the last event. */
  fail(error: ApiError): void {
    if (this.state !== 'open') return;
    const event: SentEvent = { type: 'ERROR', object: error.toStatus() };
    if (this.waiting) this.answer(event);
    else this.buffer.push(event);
    this.end();
  }

  /** What is buffered is still read. */
  end(): void {
    if (this.state !== 'open') return;
    this.state = 'ending';
    this.onStop();
    this.answer(undefined);
  }

  /** Nobody reads any more. */
  stop(): void {
    const wasOpen = this.state === 'open';
    this.state = 'stopped';
    this.buffer = [];
    if (wasOpen) this.onStop();
    this.answer(undefined);
  }

  next(): Promise<IteratorResult<SentEvent>> {
    const ready = this.state === 'stopped' ? done : this.readyResult();
    if (ready) return Promise.resolve(ready);
    return new Promise((resolve) => {
      this.waiting = resolve;
    });
  }

  async return(): Promise<IteratorResult<SentEvent>> {
    this.stop();
    return done;
  }

  /** Undefined: there is nothing yet. */
  private readyResult(): IteratorResult<SentEvent> | undefined {
    const first = this.initial?.next();
    if (first && !first.done) return { done: false, value: first.value };
    this.initial = undefined;
    const event = this.buffer.shift();
    if (event) return { done: false, value: event };
    if (this.state !== 'ending') return undefined;
    this.state = 'stopped';
    return done;
  }

  private answer(event: SentEvent | undefined): void {
    const waiting = this.waiting;
    this.waiting = undefined;
    waiting?.(event ? { done: false, value: event } : done);
  }
}

/** A watch that could not begin: the error is its only event. */
export function failedStream(error: ApiError): WatchStream {
  const stream = new WatchStream({ initial: [][Symbol.iterator](), onStop: () => undefined });
  stream.fail(error);
  return stream;
}

const done: IteratorResult<SentEvent> = { done: true, value: undefined };

/** The stream with each event turned into something else; leaving it early ends the stream. */
export async function* mapEvents<T>(stream: WatchStream, turn: (event: SentEvent) => T): AsyncGenerator<T> {
  for await (const event of stream) yield turn(event);
}
