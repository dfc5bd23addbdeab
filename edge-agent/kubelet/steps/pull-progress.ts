// How far a long pull is: in the container's status every ten seconds, and in events ever more seldom. A short one says nothing,
// and a slow link does not carry much of it.

import { pullMessage } from '../../../shared/api/index.ts';
import type { Clock } from '../../../shared/base/index.ts';

interface Options {
  image: string;
  clock: Clock;
  /** For the container's status. */
  show(message: string): void;
  /** For an event. */
  say(message: string): void;
}

const firstShownMs = 3_000;
const showEveryMs = 10_000;
const firstSaidMs = 10_000;

export class PullProgress {
  private readonly options: Options;
  private readonly began: number;
  private showAtMs = firstShownMs;
  private sayAtMs = firstSaidMs;

  constructor(options: Options) {
    this.options = options;
    this.began = options.clock.monotonic();
  }

  /** Bytes. What is fetched twice over a broken link counts twice. */
  heard(done: number, total: number | undefined): void {
    const { image, clock, show, say } = this.options;
    const tookMs = clock.monotonic() - this.began;
    const percent = total ? Math.min(99, Math.floor((100 * done) / total)) : undefined;
    if (tookMs >= this.showAtMs) {
      this.showAtMs = tookMs + showEveryMs;
      const howFar =
        percent === undefined || !total ? megabytes(done) : `${percent} % of ${megabytes(total)}`;
      show(pullMessage(image, howFar));
    }
    if (tookMs >= this.sayAtMs) {
      this.sayAtMs = tookMs * 2;
      const share = percent === undefined || !total ? '' : ` of ${megabytes(total)} (${percent} %)`;
      say(`Still pulling image "${image}": ${megabytes(done)}${share} after ${Math.round(tookMs / 1000)}s`);
    }
  }
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
