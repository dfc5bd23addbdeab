// One watcher's events: first what is there already, then what comes. Its reader gets each event at once, in the turn of
// the commit, as long as it takes them; what it does not take yet waits in a bounded buffer.
//
//   open ──end()/fail()──▶ ending (what is buffered is still read) ──read──▶ stopped
//     └──────stop()──────────────────────────────────────────────────────▶ stopped

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

interface Reader {
  take(event: SentEvent): boolean;
  resolve(): void;
  reject(error: unknown): void;
}

export class WatchStream {
  /** Gone when it has been read. */
  private initial: Iterator<SentEvent> | undefined;
  private readonly onStop: () => void;
  private readonly limit: number;
  private buffer: SentEvent[] = [];
  private state: 'open' | 'ending' | 'stopped' = 'open';
  private reader: Reader | undefined;
  /** The reader has taken all so far, and takes more. */
  private flows = false;

  constructor({ initial, onStop, limit = 1000 }: WatchStreamOptions) {
    this.initial = initial;
    this.onStop = onStop;
    this.limit = limit;
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  /**
   * Hands each event to `take`, which answers false when it wants nothing more until `resume`. Resolves at the end,
   * however it came; rejects when `take` throws, which ends the stream.
   */
  read(take: (event: SentEvent) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.reader = { take, resolve, reject };
      this.resume();
    });
  }

  /** Hands over what waits. */
  resume(): void {
    if (!this.reader) return;
    for (let event = this.next(); event; event = this.next()) if (!this.hand(event)) return;
    this.flows = this.state === 'open';
    if (this.state === 'ending') this.state = 'stopped';
    if (this.state === 'stopped') this.reader.resolve();
  }

  /** A reader who is too far behind loses the buffer and the watch: it has to list again. */
  push(event: SentEvent): void {
    if (this.state !== 'open') return;
    if (this.flows) this.flows = this.hand(event);
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
    if (this.flows) this.flows = this.hand(event);
    else this.buffer.push(event);
    this.end();
  }

  /** What is buffered is still read. */
  end(): void {
    if (this.state !== 'open') return;
    this.state = 'ending';
    this.onStop();
    if (this.flows) this.resume();
  }

  /** Nobody reads any more. */
  stop(): void {
    const wasOpen = this.state === 'open';
    this.state = 'stopped';
    this.initial = undefined;
    this.buffer = [];
    this.flows = false;
    if (wasOpen) this.onStop();
    this.reader?.resolve();
  }

  private next(): SentEvent | undefined {
    const first = this.initial?.next();
    if (first && !first.done) return first.value;
    this.initial = undefined;
    return this.buffer.shift();
  }

  /** True when the reader takes more. */
  private hand(event: SentEvent): boolean {
    try {
      return this.reader?.take(event) === true && this.state !== 'stopped';
    } catch (error) {
      this.reader?.reject(error);
      this.stop();
      return false;
    }
  }
}

/** A watch that could not begin: the error is its only event. */
export function failedStream(error: ApiError): WatchStream {
  const stream = new WatchStream({ initial: [][Symbol.iterator](), onStop: () => undefined });
  stream.fail(error);
  return stream;
}
