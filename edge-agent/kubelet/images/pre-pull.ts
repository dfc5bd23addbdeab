// Pulls images before a pod asks for them, until they are there.

import { backoffDelay, type Clock, type Logger } from '../../../shared/base/index.ts';
import { type ImageRequest, type Runtime, RuntimeFailure } from '../../runtime/index.ts';

interface Options {
  /** The runtime of pods that name no class. */
  runtime: Pick<Runtime, 'ensureImage'>;
  images: readonly string[];
  clock: Clock;
  log: Logger;
}

const backoff = { base: 10_000, max: 300_000 };

export class PrePull {
  private readonly options: Options;
  private readonly ending = new AbortController();

  constructor(options: Options) {
    this.options = options;
  }

  start(): void {
    for (const image of this.options.images) void this.pull(image, 0);
  }

  /** None is tried again. */
  stop(): void {
    this.ending.abort();
  }

  private async pull(image: string, tries: number): Promise<void> {
    const { runtime, clock, log } = this.options;
    const { signal } = this.ending;
    const request: ImageRequest = { image, policy: 'IfNotPresent', credentials: [], signal };
    try {
      await runtime.ensureImage(request, { pulling() {} });
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error, image }, 'pulling an image ahead of its use');
      if (error instanceof RuntimeFailure && error.reason === 'InvalidImageName') return;
      clock.after(backoffDelay(tries, backoff), () => {
        if (!signal.aborted) void this.pull(image, tries + 1);
      });
    }
  }
}
