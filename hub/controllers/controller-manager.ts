// Runs all controllers, side by side.

import type { Clock, Logger } from '../../shared/base/index.ts';
import { type Controller, ControllerRunner } from '../../shared/client/index.ts';

export interface ControllerManagerOptions {
  controllers: readonly Controller[];
  clock: Clock;
  log: Logger;
}

export class ControllerManager {
  private readonly runners: ControllerRunner[];

  constructor({ controllers, clock, log }: ControllerManagerOptions) {
    this.runners = controllers.map((controller) => new ControllerRunner({ controller, clock, log }));
  }

  /** Resolves when all of them have seen the cluster and work. The informers have to be started by their owner. */
  async start(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.start()));
  }

  /** Resolves when the work under way has ended. */
  async stop(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.stop()));
  }
}
