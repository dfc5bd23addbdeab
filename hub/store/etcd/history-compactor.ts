// Keeps etcd's history short: what is older than some minutes, or many changes back, is compacted. Of several hubs one
// does it: whoever finds the key unchanged since its last look writes it, and the others begin to count again.

import type { Clock, Logger } from '../../../shared/base/index.ts';
import type { EtcdConnection } from './connection.ts';
import type { KeySpace } from './key-space.ts';

export interface HistoryCompactorOptions {
  connection: EtcdConnection;
  keys: KeySpace;
  clock: Clock;
  log: Logger;
  /** The newest revision that changed an object. */
  newest(): number;
  /** Milliseconds (default 5 min): what is younger is kept. */
  age?: number;
  /** Revisions (default 100 000): beyond so many, it is done before that time. */
  limit?: number;
}

/** Milliseconds between two looks at whether it is due. */
const lookEvery = 30_000;

export class HistoryCompactor {
  private readonly options: Required<HistoryCompactorOptions>;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  /** What was newest at our last look at the key, which had that version then. */
  private noted: { revision: number; version: string; at: number } | undefined;

  constructor(options: HistoryCompactorOptions) {
    this.options = { age: 300_000, limit: 100_000, ...options };
  }

  start(): void {
    this.running = this.run(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** One look; compacts when it is due. Rejects with an EtcdFailure. */
  async look(): Promise<void> {
    const { clock, newest, age, limit } = this.options;
    if (!this.noted) return this.note(await this.version());
    const aged = clock.monotonic() - this.noted.at >= age && newest() > this.noted.revision;
    if (aged || newest() - this.noted.revision > limit) await this.compactTo(this.noted);
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.options;
    while (!signal.aborted) {
      await this.look().catch((error: unknown) =>
        log.warn({ err: error }, 'cannot compact the history of etcd'),
      );
      await clock.sleep(lookEvery, signal).catch(() => {});
    }
  }

  private async compactTo({ revision, version }: { revision: number; version: string }): Promise<void> {
    const { connection, keys, log } = this.options;
    const { succeeded } = await connection.transact({
      compare: [{ target: 'Version', result: 'Equal', key: keys.compacted, version }],
      success: [{ request_put: { key: keys.compacted, value: Buffer.from(String(revision)) } }],
    });
    if (!succeeded) return this.note(await this.version());
    this.note(String(Number(version) + 1));
    await connection.compact({ revision });
    log.info({ revision }, 'compacted the history of etcd');
  }

  private note(version: string): void {
    this.noted = { revision: this.options.newest(), version, at: this.options.clock.monotonic() };
  }

  private async version(): Promise<string> {
    const { kvs } = await this.options.connection.range({ key: this.options.keys.compacted });
    return kvs[0]?.version ?? '0';
  }
}
