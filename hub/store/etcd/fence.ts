// Makes an unanswered transaction certain. Every transaction of a hub holds only while the hub's fence has the revision
// that it names. When an answer is lost, the hub writes its fence: nothing that was sent before can be carried out after
// that, so the commits up to that revision tell whether it was.

import type { EtcdConnection } from './connection.ts';
import type { VolatileLeases } from './volatile-leases.ts';

export interface FenceOptions {
  connection: EtcdConnection;
  key: Buffer;
  /** A dead hub's fence goes with its lease. One that lives puts it up again. */
  leases: VolatileLeases;
}

export class Fence {
  private readonly options: FenceOptions;
  private revision = '0';
  private renewing: Promise<string> | undefined;

  constructor(options: FenceOptions) {
    this.options = options;
  }

  get key(): Buffer {
    return this.options.key;
  }

  /** Its revision; '0' before the first `past`. */
  get current(): string {
    return this.revision;
  }

  /** A newer fence than `revision`: what was sent with that one is settled. Rejects with an EtcdFailure. */
  async past(revision: string): Promise<string> {
    if (Number(this.revision) > Number(revision)) return this.revision;
    this.renewing ??= this.renew().finally(() => {
      this.renewing = undefined;
    });
    return await this.renewing;
  }

  private async renew(): Promise<string> {
    const { connection, key, leases } = this.options;
    const lease = await leases.current();
    const { header } = await connection.transact({ success: [{ request_put: { key, lease } }] });
    this.revision = header.revision;
    return this.revision;
  }
}
