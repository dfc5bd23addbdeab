// Brings a connection back whenever it breaks: after a random share of a growing delay, so that a fleet does not return in
// the same second, and not before the pause that the hub asked for.

import { backoffDelay, type Clock } from '../base/index.ts';

export interface Connectable {
  connect(): Promise<void>;
  close(): Promise<void>;
  onClosed(listener: (reason: Error | undefined) => void): void;
}

export interface ConnectionDriveOptions {
  bus: Connectable;
  clock: Clock;
  /** Milliseconds; default 1,000 growing to 60,000. */
  backoff?: { base: number; max: number };
  random?: () => number;
  onConnecting?(): void;
  /** Called on each new connection; when it rejects, the connection is closed and tried again. */
  onConnected(): Promise<void>;
  /** An attempt failed, or the connection broke. `retryAfter`: milliseconds until the next attempt. */
  onDisconnected(reason: unknown, retryAfter: number): void;
}

/** An attempt that was good for so long (milliseconds) makes the next delay short again. */
const goodFor = 30_000;

export class ConnectionDrive {
  private readonly options: ConnectionDriveOptions;
  private readonly stopped = new AbortController();
  private closed: (reason: Error | undefined) => void = () => {};
  private pauseAsked = 0;
  private running: Promise<void> | undefined;

  constructor(options: ConnectionDriveOptions) {
    this.options = options;
  }

  start(): void {
    this.options.bus.onClosed((reason) => this.closed(reason));
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.options.bus.close();
    await this.running;
  }

  /** The next attempt waits a random part of so many milliseconds (at most an hour). */
  pause(milliseconds: number): void {
    this.pauseAsked = Math.min(Math.max(milliseconds, 0), 3_600_000);
  }

  private async run(): Promise<void> {
    const { clock, backoff = { base: 1_000, max: 60_000 }, random = Math.random } = this.options;
    const { signal } = this.stopped;
    let attempt = 0;
    while (!signal.aborted) {
      const begun = clock.monotonic();
      const reason = await this.connectOnce();
      if (signal.aborted) return;
      if (clock.monotonic() - begun > goodFor) attempt = 0;
      const delay =
        backoffDelay(attempt, { ...backoff, jitter: 'full', random }) +
        Math.round(random() * this.pauseAsked);
      this.pauseAsked = 0;
      attempt += 1;
      this.options.onDisconnected(reason, delay);
      await clock.sleep(delay, signal).catch(() => undefined); // stopped meanwhile
    }
  }

  /** Resolves with the reason when the connection has ended. */
  private async connectOnce(): Promise<unknown> {
    const { bus, onConnecting, onConnected } = this.options;
    const ended = new Promise<Error | undefined>((resolve) => {
      this.closed = resolve;
    });
    try {
      onConnecting?.();
      await bus.connect();
      await onConnected();
    } catch (error) {
      await bus.close();
      return error;
    }
    return ended;
  }
}
