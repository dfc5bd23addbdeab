// The lines of the audit log on their way to its file. Requests never wait for them: what the disk does not take stays in
// memory, and what does not fit there is dropped, and counted.
//
//   resting ──line──▶ writing ──all written──▶ resting
//                        │ ▲
//                  error ▼ │ after a pause
//                      failing                     any ──stop()──▶ stopped

import type { Clock, Logger, Timer } from '../../../shared/base/index.ts';
import { type MetricFamily, single } from '../metrics/index.ts';

/** Where lines end up. */
export interface LineFile {
  /** Appends whole lines, each with its line feed; what it rejects it has not kept. */
  append(lines: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface AuditLogOptions {
  file: LineFile;
  clock: Clock;
  log: Logger;
  /** Characters that may wait. Default: 8 Mi. */
  room?: number;
}

/** Milliseconds until a disk that took nothing is tried again. */
const tryAgain = 1_000;
/** Characters that are handed over at once. */
const batchSize = 256 * 1024;

export class AuditLog {
  private readonly options: AuditLogOptions;
  private readonly room: number;
  private waiting: string[] = [];
  private size = 0;
  private state: 'resting' | 'writing' | 'failing' | 'stopped' = 'resting';
  private work: Promise<void> = Promise.resolve();
  private timer: Timer | undefined;
  private taken = 0;
  private dropped = 0;
  /** Since the disk has failed. */
  private lost = 0;

  constructor(options: AuditLogOptions) {
    this.options = options;
    this.room = options.room ?? 8 * 1024 * 1024;
  }

  /** Events that did not fit, since the start. */
  get drops(): number {
    return this.dropped;
  }

  take(line: string): void {
    if (this.state === 'stopped') return;
    this.taken += 1;
    if (this.size + line.length > this.room) {
      this.drop();
      return;
    }
    this.waiting.push(line);
    this.size += line.length;
    if (this.state === 'resting') this.becomeWriting();
  }

  /** Writes what waits, as far as the disk takes it now. */
  async stop(): Promise<void> {
    this.timer?.cancel();
    if (this.state !== 'writing') this.becomeWriting();
    await this.work;
    this.timer?.cancel();
    this.state = 'stopped';
    await this.options.file.close();
  }

  families(): MetricFamily[] {
    return [
      single(
        'counter',
        'apiserver_audit_event_total',
        'Counter of audit events generated and sent to the audit backend.',
        () => this.taken,
      ),
      {
        name: 'apiserver_audit_error_total',
        help: 'Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the error.',
        type: 'counter',
        samples: () => [{ labels: { plugin: 'buffered' }, value: this.dropped }],
      },
    ];
  }

  private drop(): void {
    this.dropped += 1;
    this.lost += 1;
    if (this.lost === 1)
      this.options.log.error(
        { room: this.room },
        'audit events are dropped: more wait than there is room for',
      );
  }

  private becomeWriting(): void {
    const before = this.state;
    this.state = 'writing';
    this.work = this.write().then(
      () => this.becomeResting(before === 'failing'),
      (error: unknown) => this.becomeFailing(error, before === 'failing'),
    );
  }

  private becomeResting(hadFailed: boolean): void {
    this.state = 'resting';
    if (hadFailed || this.lost > 0)
      this.options.log.warn({ dropped: this.lost }, 'the audit log is written again');
    this.lost = 0;
  }

  private becomeFailing(error: unknown, isOld: boolean): void {
    this.state = 'failing';
    if (!isOld) this.options.log.error({ err: error }, 'the audit log cannot be written');
    this.timer = this.options.clock.after(tryAgain, () => this.becomeWriting());
  }

  /** Resolves when nothing waits. */
  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      const lines: string[] = [];
      let size = 0;
      for (const line of this.waiting) {
        if (lines.length > 0 && size + line.length > batchSize) break;
        lines.push(line);
        size += line.length;
      }
      await this.options.file.append(lines);
      this.waiting.splice(0, lines.length);
      this.size -= size;
    }
  }
}
