// Who is connected: presence messages and wills become the node's condition `Connected`, at once. What an agent said
// before this hub started counts for nothing: such a node is Unknown until it is heard.

import { connectedHubAnnotation, type Node, nodes } from '../../shared/api/index.ts';
import type { Clock, Logger } from '../../shared/base/index.ts';
import {
  encode,
  filters,
  matches,
  type Presence,
  parsePresence,
  parseTopic,
  presenceTopic,
  type Subscription,
} from '../../shared/bus/index.ts';
import { type Client, WorkQueue } from '../../shared/client/index.ts';
import { ApiError, findCondition, formatTime, type Live } from '../../shared/machinery/index.ts';
import type { Broker, RetainedMessage, RetainedSource } from '../broker/index.ts';
import { connectedType, type Hubs, hubOf, type PresencePlan, planPresence } from './plan-presence.ts';

export interface PresenceBridgeOptions {
  broker: Pick<Broker, 'subscribe' | 'peer'>;
  /** Absent: this hub is alone. */
  hubs?: Hubs & { onChange(listener: () => void): void };
  client: Client;
  clock: Clock;
  log: Logger;
}

const workers = 4;

export class PresenceBridge implements RetainedSource {
  private readonly options: PresenceBridgeOptions;
  /** The last word of each node; bounded by the nodes that have a certificate. */
  private readonly heard = new Map<string, Presence>();
  /** Those that the API has shown to be connected here since they said that they are. */
  private readonly claimed = new Set<string>();
  /** What the API shows, as the watch last said. */
  private readonly shown = new Map<string, Live<Node>>();
  private readonly queue: WorkQueue;
  private subscription: Subscription | undefined;
  private following: { stop(): void } | undefined;
  private working: Promise<void>[] = [];

  constructor(options: PresenceBridgeOptions) {
    this.options = options;
    this.queue = new WorkQueue({ clock: options.clock, backoff: { base: 100, max: 30_000 } });
  }

  async start(): Promise<void> {
    const { broker, client, hubs, log } = this.options;
    this.subscription = await broker.subscribe(
      filters.everyNode('presence'),
      (topic, payload, _info, peer) => {
        const parsed = parseTopic(topic);
        const presence = parsePresence(payload);
        if (parsed?.kind !== 'presence' || !presence) return;
        this.hear(parsed.node, presence);
        if (presence.state === 'ready')
          peer?.signal.addEventListener('abort', () => this.left(parsed.node, presence));
      },
    );
    this.following = client.listWatch<Node>(
      { resource: nodes },
      {
        onReplace: ({ items }) => {
          this.shown.clear();
          for (const node of items) this.show(node);
        },
        onEvent: ({ type, object }) => {
          if (type === 'DELETED') this.shown.delete(object.metadata.name);
          else this.show(object);
        },
        onError: (error) => log.warn({ err: error }, 'nodes could not be followed; trying again'),
      },
    );
    // Those of a hub that has fallen silent.
    hubs?.onChange(() => {
      for (const name of this.shown.keys()) if (this.plan(name).do !== 'nothing') this.queue.add(name);
    });
    this.working = Array.from({ length: workers }, () => this.work());
  }

  async stop(): Promise<void> {
    await this.subscription?.stop();
    this.following?.stop();
    this.queue.close();
    await Promise.all(this.working);
  }

  *match(filter: string): Iterable<RetainedMessage> {
    for (const [node, presence] of this.heard) {
      const topic = presenceTopic(node);
      if (matches(filter, topic)) yield { topic, payload: encode(presence) };
    }
  }

  /** The other hub that the API shows the node's agent to be connected to; undefined: none that is alive. */
  hubOf(node: string): string | undefined {
    const { hubs } = this.options;
    const shown = this.shown.get(node);
    const hub = shown && hubOf(shown);
    if (!shown || !hubs || hub === undefined || hub === hubs.id || !hubs.isAlive(hub)) return undefined;
    return findCondition(shown.status?.conditions, connectedType)?.status === 'True' ? hub : undefined;
  }

  private hear(node: string, presence: Presence): void {
    const before = this.heard.get(node);
    // The will of an older boot arrives after a take-over: it says nothing of the one that is there now.
    if (presence.state === 'lost' && before && before.boot !== presence.boot) return;
    this.heard.set(node, presence);
    const shown = this.shown.get(node);
    if (!shown || hubOf(shown) !== this.options.hubs?.id) this.claimed.delete(node);
    this.queue.add(node);
  }

  /** The connection on which that was said is gone, with or without a will. */
  private left(node: string, said: Presence): void {
    if (this.heard.get(node) === said) this.hear(node, { ...said, state: 'lost' });
  }

  private show(node: Live<Node>): void {
    const { name } = node.metadata;
    this.shown.set(name, node);
    if (hubOf(node) === this.options.hubs?.id) this.claimed.add(name);
    if (this.plan(name).do !== 'nothing') this.queue.add(name);
  }

  private plan(name: string): PresencePlan {
    const shown = this.shown.get(name);
    // It comes with the watch when it is created.
    if (!shown) return { do: 'nothing' };
    const { hubs } = this.options;
    return planPresence({ presence: this.heard.get(name), claimed: this.claimed.has(name), shown, hubs });
  }

  private async work(): Promise<void> {
    for (let name = await this.queue.take(); name !== undefined; name = await this.queue.take()) {
      try {
        await this.write(name);
        this.queue.forget(name);
      } catch (error) {
        const delay = this.queue.retry(name);
        this.options.log.warn(
          { err: error, node: name, delay },
          'the condition Connected could not be written',
        );
      }
      this.queue.done(name);
    }
  }

  private async write(name: string): Promise<void> {
    const plan = this.plan(name);
    const shown = this.shown.get(name);
    if (plan.do === 'letGo') this.options.broker.peer(name)?.cut();
    if (plan.do !== 'write' || !shown) return;
    const now = formatTime(this.options.clock.now());
    const before = findCondition(shown.status?.conditions, connectedType);
    const lastTransitionTime = before?.status === plan.condition.status ? before.lastTransitionTime : now;
    const condition = { type: connectedType, ...plan.condition, lastHeartbeatTime: now, lastTransitionTime };
    // With several hubs, each decides on what it saw: a write that was overtaken is thought over.
    const metadata = plan.hub
      ? {
          resourceVersion: shown.metadata.resourceVersion,
          annotations: { [connectedHubAnnotation]: plan.hub },
        }
      : {};
    try {
      const node = await this.options.client.patch(
        nodes,
        { name },
        'application/strategic-merge-patch+json',
        { metadata, status: { conditions: [condition] } },
        { subresource: 'status' },
      );
      this.show(node);
    } catch (error) {
      // One that was deleted needs no condition.
      if (!ApiError.is(error, 'NotFound')) throw error;
    }
  }
}
