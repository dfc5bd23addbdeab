// A node that was silent is heard again. Meanwhile its conditions and its pods were marked as unknown, and the agent, whose
// connection may have survived the silence, does not know: it is asked to say everything again.

import { type Node, nodes } from '../../shared/api/index.ts';
import type { Clock, Logger } from '../../shared/base/index.ts';
import { encode, filters, parseTopic, type Subscription, syncTopic } from '../../shared/bus/index.ts';
import type { Client } from '../../shared/client/index.ts';
import { findCondition, type Live } from '../../shared/machinery/index.ts';
import type { Broker } from '../broker/index.ts';

export interface ReportRequestsOptions {
  broker: Pick<Broker, 'subscribe' | 'send'>;
  client: Client;
  clock: Clock;
  log: Logger;
}

/** Milliseconds in which a node is asked once: an answer takes its time. */
const askEvery = 5_000;

export class ReportRequests {
  private readonly options: ReportRequestsOptions;
  /** Nodes that the API shows as unknown → when they were last asked, on the monotonic clock. */
  private readonly silent = new Map<string, number>();
  private subscription: Subscription | undefined;
  private following: { stop(): void } | undefined;

  constructor(options: ReportRequestsOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { broker, client, log } = this.options;
    this.following = client.listWatch<Node>(
      { resource: nodes },
      {
        onReplace: ({ items }) => {
          this.silent.clear();
          for (const node of items) this.show(node);
        },
        onEvent: ({ type, object }) => {
          if (type === 'DELETED') this.silent.delete(object.metadata.name);
          else this.show(object);
        },
        onError: (error) => log.warn({ err: error }, 'nodes could not be followed; trying again'),
      },
    );
    this.subscription = await broker.subscribe(filters.everyNode('lease'), (topic) => {
      const parsed = parseTopic(topic);
      if (parsed?.kind === 'lease') this.heard(parsed.node);
    });
  }

  async stop(): Promise<void> {
    await this.subscription?.stop();
    this.following?.stop();
  }

  private show({ metadata, status }: Live<Node>): void {
    const unknown = findCondition(status?.conditions, 'Ready')?.status === 'Unknown';
    if (!unknown) this.silent.delete(metadata.name);
    else if (!this.silent.has(metadata.name)) this.silent.set(metadata.name, Number.NEGATIVE_INFINITY);
  }

  private heard(node: string): void {
    const asked = this.silent.get(node);
    const now = this.options.clock.monotonic();
    if (asked === undefined || now - asked < askEvery) return;
    this.silent.set(node, now);
    this.options.broker.send(syncTopic(node, 'hub'), encode({ type: 'report' }), 1);
  }
}
