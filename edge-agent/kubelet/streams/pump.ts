// Carries one output of a command into the stream, and knows when there is no more.

import type { Duplex, Readable } from 'node:stream';
import type { Clock } from '../../../shared/base/index.ts';
import { encodeChannel, writeTo } from '../../../shared/bus/index.ts';

interface Options {
  source: Readable;
  stream: Duplex;
  /** Absent: nobody wants it, but who writes it must not be held up. */
  channel?: number;
  clock: Clock;
}

/** After a command's end, so long without output is its end too: somebody else may hold the pipe open. */
const silenceMs = 200;

export class Pump {
  private readonly clock: Clock;
  private ended = false;
  private writing = false;
  private lastAt: number;

  constructor({ source, stream, channel, clock }: Options) {
    this.clock = clock;
    this.lastAt = clock.monotonic();
    this.run(source, stream, channel)
      .catch(() => {
        // One of both is closed: that ends this output.
      })
      .finally(() => {
        this.ended = true;
      });
  }

  /** Ended, or silent for a while; not while the other side has no room. */
  get isDone(): boolean {
    return this.ended || (!this.writing && this.clock.monotonic() - this.lastAt > silenceMs);
  }

  private async run(source: Readable, stream: Duplex, channel: number | undefined): Promise<void> {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      this.writing = true;
      if (channel !== undefined) await writeTo(stream, encodeChannel(channel, chunk));
      this.lastAt = this.clock.monotonic();
      this.writing = false;
    }
  }
}
