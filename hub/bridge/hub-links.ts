// Ways to nodes whose agents are connected to another hub: over a connection to that hub's broker, made when it is first
// needed and closed when nothing has used it for a while.

import type { Clock, Logger, Timer } from '../../shared/base/index.ts';
import {
  MqttBus,
  type MqttBusOptions,
  parsePresence,
  presenceTopic,
  type Subscription,
  streamTopic,
} from '../../shared/bus/index.ts';
import { type NodeWay, unavailable } from './node-way.ts';

export interface HubLinksOptions {
  /** Of this hub. */
  id: string;
  /** Its client certificate. */
  tls: () => Promise<MqttBusOptions['tls']>;
  /** Where its broker is. */
  find(id: string): { host: string; mqttPort: number } | undefined;
  clock: Clock;
  log: Logger;
}

const idleMs = 60_000;
/** The other hub answers a subscription to a node's presence at once. */
const presenceMs = 5_000;

interface Link {
  bus: MqttBus;
  closed: AbortController;
  ways: number;
  idle: Timer | undefined;
}

export class HubLinks {
  private readonly options: HubLinksOptions;
  private readonly links = new Map<string, Promise<Link>>();

  constructor(options: HubLinksOptions) {
    this.options = options;
  }

  async stop(): Promise<void> {
    const links = await Promise.allSettled(this.links.values());
    for (const link of links) {
      if (link.status !== 'fulfilled') continue;
      link.value.idle?.cancel();
      await link.value.bus.close();
    }
  }

  /** Throws ServiceUnavailable when the hub cannot be reached, or the node is not there. */
  async wayTo(hub: string, node: string, stream: string, hear: (frame: Buffer) => void): Promise<NodeWay> {
    const link = await this.linkTo(hub);
    link.ways += 1;
    link.idle?.cancel();
    const gone = new AbortController();
    const subscriptions: Subscription[] = [];
    const close = () => {
      if (gone.signal.aborted) return;
      gone.abort();
      for (const subscription of subscriptions) void subscription.stop().catch(() => undefined); // the link is gone
      this.release(hub, link);
    };
    link.closed.signal.addEventListener('abort', close, { once: true });
    try {
      subscriptions.push(await this.whenThere(link.bus, node, close));
      const frames = streamTopic(node, stream, 'agent');
      subscriptions.push(await link.bus.subscribe(frames, (_topic, payload) => hear(payload)));
    } catch (error) {
      close();
      throw error;
    }
    const topic = streamTopic(node, stream, 'hub');
    return {
      signal: gone.signal,
      close,
      send: (frame) => {
        link.bus.publish(topic, frame).catch(close);
      },
    };
  }

  /** Resolves when the other hub says that the node is connected to it; `left` is called when it no longer is. */
  private async whenThere(bus: MqttBus, node: string, left: () => void): Promise<Subscription> {
    const { clock } = this.options;
    let subscription: Subscription | undefined;
    await new Promise<void>((resolve, reject) => {
      const away = () => reject(unavailable(`node "${node}" is not connected`));
      const timer = clock.after(presenceMs, away);
      const heard = (_topic: string, payload: Buffer) => {
        timer.cancel();
        if (parsePresence(payload)?.state === 'ready') return resolve();
        away();
        left();
      };
      bus.subscribe(presenceTopic(node), heard).then((granted) => {
        subscription = granted;
      }, reject);
    }).catch(async (error: unknown) => {
      await subscription?.stop();
      throw error;
    });
    return subscription ?? { stop: async () => undefined };
  }

  private linkTo(hub: string): Promise<Link> {
    const known = this.links.get(hub);
    if (known) return known;
    const connecting = this.connect(hub);
    this.links.set(hub, connecting);
    connecting.catch(() => this.links.delete(hub));
    return connecting;
  }

  private async connect(hub: string): Promise<Link> {
    const { id, find, tls, log } = this.options;
    const info = find(hub);
    if (!info) throw unavailable(`hub "${hub}" is not known`);
    const address = { host: info.host, port: info.mqttPort };
    const bus = new MqttBus({ address: () => address, clientId: id, tls: await tls(), keepalive: 15 });
    try {
      await bus.connect();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw unavailable(`hub "${hub}" at ${address.host}:${address.port} cannot be reached: ${why}`);
    }
    const closed = new AbortController();
    bus.onClosed((reason) => {
      log.info({ hub, reason: reason?.message }, 'the connection to another hub has ended');
      this.links.delete(hub);
      closed.abort();
    });
    return { bus, closed, ways: 0, idle: undefined };
  }

  private release(hub: string, link: Link): void {
    link.ways -= 1;
    if (link.ways > 0 || link.closed.signal.aborted) return;
    link.idle = this.options.clock.after(idleMs, () => {
      this.links.delete(hub);
      void link.bus.close();
    });
  }
}
