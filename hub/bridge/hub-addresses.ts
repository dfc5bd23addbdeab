// Tells each connected node where the other hubs are, so that it has somewhere to go when this one is out of reach.

import {
  type BrokerAddress,
  encode,
  filters,
  parseAgentSync,
  parseTopic,
  type Subscription,
  syncTopic,
} from '../../shared/bus/index.ts';
import type { Broker } from '../broker/index.ts';

export interface HubAddressesOptions {
  broker: Pick<Broker, 'subscribe' | 'send' | 'peers'>;
  /** The brokers of all hubs, this one first. */
  brokers(): BrokerAddress[];
  /** Calls when they may have changed. */
  onChange(listener: () => void): void;
}

export class HubAddresses {
  private readonly options: HubAddressesOptions;
  private subscription: Subscription | undefined;
  private told = '';

  constructor(options: HubAddressesOptions) {
    this.options = options;
  }

  /** A node hears it with each connection, once it listens: its digest says that it does. */
  async start(): Promise<void> {
    const { broker, onChange } = this.options;
    this.told = this.message();
    this.subscription = await broker.subscribe(filters.everySync, (topic, payload) => {
      const parsed = parseTopic(topic);
      if (parsed?.kind === 'sync' && parseAgentSync(payload)?.type === 'digest') this.tell(parsed.node);
    });
    onChange(() => {
      const message = this.message();
      if (message === this.told) return;
      this.told = message;
      for (const { node } of broker.peers()) if (node) this.tell(node);
    });
  }

  async stop(): Promise<void> {
    await this.subscription?.stop();
  }

  private message(): string {
    return encode({ type: 'hubs', hubs: this.options.brokers() });
  }

  /** A hub that is alone has nothing to tell. */
  private tell(node: string): void {
    if (this.options.brokers().length > 1)
      this.options.broker.send(syncTopic(node, 'hub'), this.message(), 1);
  }
}
