// Signs of life become Leases in kube-node-lease, renewed by the hub's clock: a board's own may say 1970.

import { leases, nodes } from '../../shared/api/index.ts';
import type { Clock, Logger } from '../../shared/base/index.ts';
import { filters, parseTopic, type Subscription } from '../../shared/bus/index.ts';
import { type Client, WorkQueue } from '../../shared/client/index.ts';
import { ApiError, formatMicroTime } from '../../shared/machinery/index.ts';
import type { Broker } from '../broker/index.ts';

export interface LeaseBridgeOptions {
  broker: Pick<Broker, 'subscribe'>;
  client: Client;
  clock: Clock;
  log: Logger;
  /** Without a renewal for so long, the node's `Ready` becomes Unknown (by the node lifecycle controller). Default 40. */
  durationSeconds?: number;
}

export const leaseNamespace = 'kube-node-lease';

const workers = 4;

export class LeaseBridge {
  private readonly options: LeaseBridgeOptions;
  private readonly queue: WorkQueue;
  private subscriptions: Subscription[] = [];
  private working: Promise<void>[] = [];

  constructor(options: LeaseBridgeOptions) {
    this.options = options;
    this.queue = new WorkQueue({ clock: options.clock, backoff: { base: 500, max: 10_000 } });
  }

  async start(): Promise<void> {
    const { broker } = this.options;
    const renew = (topic: string) => {
      const parsed = parseTopic(topic);
      if (parsed?.kind === 'lease') this.queue.add(parsed.node);
    };
    this.subscriptions = [await broker.subscribe(filters.everyNode('lease'), renew)];
    this.working = Array.from({ length: workers }, () => this.work());
  }

  async stop(): Promise<void> {
    for (const subscription of this.subscriptions) await subscription.stop();
    this.queue.close();
    await Promise.all(this.working);
  }

  private async work(): Promise<void> {
    for (let node = await this.queue.take(); node !== undefined; node = await this.queue.take()) {
      try {
        await this.renew(node);
        this.queue.forget(node);
      } catch (error) {
        // The next sign of life tries again; a renewal that is late must not count as one.
        this.options.log.warn({ err: error, node }, 'a lease could not be renewed');
      }
      this.queue.done(node);
    }
  }

  private async renew(node: string): Promise<void> {
    const { client, clock } = this.options;
    const renewTime = formatMicroTime(clock.now());
    const key = { namespace: leaseNamespace, name: node };
    try {
      await client.patch(leases, key, 'application/merge-patch+json', { spec: { renewTime } });
    } catch (error) {
      if (!ApiError.is(error, 'NotFound')) throw error;
      await this.create(node, renewTime);
    }
  }

  /** Owned by the Node, so that it goes with it; a node that is not registered yet has no lease. */
  private async create(node: string, renewTime: string): Promise<void> {
    const { client, durationSeconds = 40 } = this.options;
    const uid = await this.uidOf(node);
    if (!uid) return;
    await client.create(leases, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: node,
        namespace: leaseNamespace,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node, uid }],
      },
      spec: { holderIdentity: node, leaseDurationSeconds: durationSeconds, renewTime },
    });
  }

  private async uidOf(node: string): Promise<string | undefined> {
    try {
      return (await this.options.client.get(nodes, { name: node })).metadata.uid;
    } catch (error) {
      if (ApiError.is(error, 'NotFound')) return undefined;
      throw error;
    }
  }
}
