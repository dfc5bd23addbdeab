// The audit log of an API server, kept in memory for a test to look at.

import { AuditLog, Auditor, auditPolicy, type LineFile } from '../../hub/apiserver/audit/index.ts';
import { JsonTexts } from '../../hub/apiserver/index.ts';
import { createLog } from '../../shared/base/index.ts';
import { FakeClock } from './fake-clock.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into events as JSON
export type AuditEvent = any;

export class AuditEvents implements LineFile {
  readonly auditor: Auditor;
  readonly clock = new FakeClock();
  private readonly log: AuditLog;
  private readonly events: AuditEvent[] = [];

  constructor(policy: object) {
    const { clock } = this;
    this.log = new AuditLog({ file: this, clock, log: createLog('test', 'fatal') });
    const content = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', ...policy };
    const texts = new JsonTexts();
    this.auditor = new Auditor({ policy: auditPolicy(content, 'test'), log: this.log, texts, clock });
  }

  async append(lines: readonly string[]): Promise<void> {
    this.events.push(...lines.map((line) => JSON.parse(line)));
  }

  async close(): Promise<void> {}

  /** All that were logged; nothing more is. */
  async all(): Promise<AuditEvent[]> {
    await this.log.stop();
    return this.events;
  }
}
