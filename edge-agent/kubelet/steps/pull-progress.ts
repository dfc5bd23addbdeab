// Says how far a long pull is: after ten seconds, and then ever more seldom, so that a slow link does not fill the events.

import type { Clock } from '../../../shared/base/index.ts';

const firstMs = 10_000;

export class PullProgress {
  private readonly clock: Clock;
  private readonly say: (message: string) => void;
  private readonly began: number;
  private nextMs = firstMs;

  constructor(clock: Clock, say: (message: string) => void) {
    this.clock = clock;
    this.say = say;
    this.began = clock.monotonic();
  }

  /** Bytes. */
  heard(image: string, done: number, total: number | undefined): void {
    const tookMs = this.clock.monotonic() - this.began;
    if (tookMs < this.nextMs) return;
    this.nextMs = tookMs * 2;
    const share = total ? ` of ${megabytes(total)} (${Math.floor((100 * done) / total)} %)` : '';
    this.say(
      `Still pulling image "${image}": ${megabytes(done)}${share} after ${Math.round(tookMs / 1000)}s`,
    );
  }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
