// Pulls images before a pod asks for them, until they are there.

import { backoffDelay, type Clock, type Logger } from '../../../shared/base/index.ts';
import { RuntimeFailure } from '../runtime.ts';

interface Options {
  clock: Clock;
  log: Logger;
  /** Makes sure that it is there. */
  pull(image: string): Promise<unknown>;
}

const backoff = { base: 10_000, max: 300_000 };

export class PrePull {
  private readonly options: Options;
  private stopped = false;

  constructor(options: Options) {
    this.options = options;
  }

  start(images: readonly string[]): void {
    this.stopped = false;
    for (const image of images) void this.pull(image, 0);
  }

  /** None is tried again. */
  stop(): void {
    this.stopped = true;
  }

  private async pull(image: string, tries: number): Promise<void> {
    const { clock, log, pull } = this.options;
    try {
      await pull(image);
    } catch (error) {
      log.warn({ err: error, image }, 'pulling an image ahead of its use');
      if (error instanceof RuntimeFailure && error.reason === 'InvalidImageName') return;
      clock.after(backoffDelay(tries, backoff), () => {
        if (!this.stopped) void this.pull(image, tries + 1);
      });
    }
  }
}
