// Runs one controller: sources fill its queue, workers empty it, failures wait longer each time.

import type { Clock, Logger } from '../base/index.ts';
import { ApiError } from '../machinery/index.ts';
import { type Controller, TerminalError } from './controller.ts';
import { WorkQueue } from './work-queue.ts';

export interface ControllerRunnerOptions {
  controller: Controller;
  clock: Clock;
  log: Logger;
}

export class ControllerRunner {
  private readonly controller: Controller;
  private readonly log: Logger;
  private readonly queue: WorkQueue;
  private readonly ways: (() => void)[] = [];
  private workers: Promise<void>[] = [];
  private stopped = false;

  constructor({ controller, clock, log }: ControllerRunnerOptions) {
    this.controller = controller;
    this.log = log.child({ controller: controller.name });
    this.queue = new WorkQueue({
      clock,
      onFull: (key) =>
        this.log.error({ key }, 'work queue is full: key dropped until its object changes again'),
    });
  }

  /** True when no key waits and none is in work. */
  get idle(): boolean {
    return this.queue.idle;
  }

  /** Resolves when every source has synced and the workers run. */
  async start(): Promise<void> {
    const { sources, reads = [], workers = 1 } = this.controller;
    for (const source of sources) this.ways.push(source.subscribe((key) => this.queue.add(key)));
    await Promise.all([...sources, ...reads].map((each) => each.synced));
    if (this.stopped) return;
    this.controller.start?.((key, afterMs = 0) => this.queue.addAfter(key, afterMs));
    this.workers = Array.from({ length: workers }, () => this.work());
  }

  /** Resolves when the work under way has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const leave of this.ways.splice(0)) leave();
    this.queue.close();
    this.controller.stop?.();
    await Promise.all(this.workers);
  }

  private async work(): Promise<void> {
    for (;;) {
      const key = await this.queue.take();
      if (key === undefined) return;
      await this.reconcile(key);
      this.queue.done(key);
    }
  }

  private async reconcile(key: string): Promise<void> {
    try {
      const outcome = await this.controller.reconcile(key);
      this.queue.forget(key);
      if (outcome) this.queue.addAfter(key, outcome.requeueAfter);
    } catch (error) {
      this.failed(key, error);
    }
  }

  private failed(key: string, error: unknown): void {
    if (this.stopped) return;
    if (error instanceof TerminalError) {
      this.queue.forget(key);
      this.log.error({ err: error, key }, 'cannot be done as it stands');
      return;
    }
    const retryInMs = this.queue.retry(key);
    // Somebody else was faster, or it has gone: normal in a system of many writers, and the retry settles it.
    const isRace = ApiError.is(error, 'Conflict') || ApiError.is(error, 'NotFound');
    const level = isRace ? 'debug' : 'warn';
    this.log[level]({ err: error, key, retryInMs }, 'failed, will try again');
  }
}
