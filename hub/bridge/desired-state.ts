// Brings each connected node what it is to hold, and knows how far behind each one is.

import type { Logger } from '../../shared/base/index.ts';
import {
  type AgentSync,
  encode,
  filters,
  parseAcks,
  parseAgentSync,
  parseTopic,
  type Subscription,
  syncTopic,
} from '../../shared/bus/index.ts';
import type { NodeReach } from '../apiserver/index.ts';
import type { Broker } from '../broker/index.ts';
import type { Store } from '../store/index.ts';
import { NodeDelivery } from './node-delivery.ts';
import { NodeVersions } from './node-versions.ts';

export interface DesiredStateBridgeOptions {
  broker: Broker;
  store: Store;
  reach: NodeReach;
  log: Logger;
}

export class DesiredStateBridge {
  private readonly options: DesiredStateBridgeOptions;
  private readonly deliveries = new Map<string, { delivery: NodeDelivery; gone: AbortSignal }>();
  private readonly versions = new NodeVersions();
  private subscriptions: Subscription[] = [];

  constructor(options: DesiredStateBridgeOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { broker, reach } = this.options;
    reach.onChange(({ node, key }) => this.deliveries.get(node)?.delivery.changed(key));
    this.subscriptions = [
      await broker.subscribe(filters.everySync, (topic, payload, _info, peer) => {
        const parsed = parseTopic(topic);
        const message = parseAgentSync(payload);
        if (parsed?.kind === 'sync' && message && peer) this.hear(parsed.node, peer.signal, message);
      }),
      await broker.subscribe(filters.everyNode('acks'), (topic, payload) => {
        const parsed = parseTopic(topic);
        const acks = parseAcks(payload);
        if (parsed?.kind !== 'acks' || acks?.epoch !== this.options.store.epoch) return;
        this.deliveries.get(parsed.node)?.delivery.acknowledged(acks.saved);
      }),
    ];
  }

  /** Asks the nodes, which are about to be cut off, not to come back all at once. */
  async stop(): Promise<void> {
    this.askForPause();
    for (const subscription of this.subscriptions) await subscription.stop();
    for (const { delivery } of this.deliveries.values()) delivery.close();
    this.deliveries.clear();
  }

  /**
   * Asks all connected nodes to come back, after the break that is about to happen, spread over `milliseconds`
   * (default: 5 for each node).
   */
  askForPause(milliseconds = this.deliveries.size * 5): void {
    for (const node of this.deliveries.keys()) {
      this.options.broker.send(syncTopic(node, 'hub'), encode({ type: 'pause', milliseconds }), 1);
    }
  }

  /** For each connected node: how many objects it has not acknowledged; undefined while that is not known. */
  *behind(): Iterable<{ node: string; objects: number | undefined }> {
    for (const [node, { delivery }] of this.deliveries) yield { node, objects: delivery.behind };
  }

  private hear(node: string, gone: AbortSignal, message: AgentSync): void {
    if (gone.aborted) return;
    this.deliveryOf(node, gone)
      .hear(message)
      .catch((error: unknown) => {
        const { log } = this.options;
        log.warn(
          { err: error, node },
          'the exchange with a node failed; it begins again with its next digest',
        );
      });
  }

  /** One for each connection. */
  private deliveryOf(node: string, gone: AbortSignal): NodeDelivery {
    const known = this.deliveries.get(node);
    if (known?.gone === gone) return known.delivery;
    known?.delivery.close();
    const delivery = new NodeDelivery({ node, versions: this.versions, ...this.options });
    this.deliveries.set(node, { delivery, gone });
    gone.addEventListener('abort', () => {
      delivery.close();
      if (this.deliveries.get(node)?.delivery === delivery) this.deliveries.delete(node);
    });
    return delivery;
  }
}
