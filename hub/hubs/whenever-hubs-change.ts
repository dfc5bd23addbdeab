// Does something at the start and whenever the hubs have changed, one at a time; what fails is done again.

import { backoffDelay, type Clock, type Logger, type Part, type Timer } from '../../shared/base/index.ts';
import { ApiError } from '../../shared/machinery/index.ts';
import type { HubRegistry } from './hub-registry.ts';

export interface WheneverOptions {
  name: string;
  hubs: Pick<HubRegistry, 'onChange'>;
  work(): Promise<void>;
  clock: Clock;
  log: Logger;
}

const backoff = { base: 500, max: 30_000, jitter: 'full' } as const;

/** Its start resolves when the work was done for the first time, and rejects when that fails. */
export function wheneverHubsChange({ name, hubs, work, clock, log }: WheneverOptions): Part {
  let last: Promise<void> = Promise.resolve();
  let timer: Timer | undefined;
  let stopped = false;

  function again(failures: number): void {
    if (stopped) return;
    timer?.cancel();
    last = last.then(work).catch((error: unknown) => {
      log.info({ err: error }, `${name}: done again later`);
      timer = clock.after(backoffDelay(failures, backoff), () => again(failures + 1));
    });
  }

  return {
    name,
    start: async () => {
      await work().catch((error: unknown) => {
        // Another hub does the same at this moment.
        if (!ApiError.is(error, 'Conflict') && !ApiError.is(error, 'AlreadyExists')) throw error;
        again(0);
      });
      hubs.onChange(() => again(0));
    },
    stop: async () => {
      stopped = true;
      timer?.cancel();
      await last;
    },
  };
}
