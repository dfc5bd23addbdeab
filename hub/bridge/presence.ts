// Who is connected: presence messages and wills become the node's condition `Connected`, at once. What an agent said
// before this hub started counts for nothing: such a node is Unknown until it is heard.

import { type Node, nodes } from '../../shared/api/index.ts';
import type { Clock, Logger } from '../../shared/base/index.ts';
import {
  encode,
  filters,
  matches,
  type Presence,
  type PresenceState,
  parsePresence,
  parseTopic,
  presenceTopic,
  type Subscription,
} from '../../shared/bus/index.ts';
import { type Client, WorkQueue } from '../../shared/client/index.ts';
import { ApiError, findCondition, formatTime, type Live } from '../../shared/machinery/index.ts';
import type { Broker, RetainedMessage, RetainedSource } from '../broker/index.ts';

export interface PresenceBridgeOptions {
  broker: Pick<Broker, 'subscribe'>;
  client: Client;
  clock: Clock;
  log: Logger;
}

interface Connected {
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
}

export const connectedType = 'Connected';

const conditions: Record<PresenceState, Connected> = {
  ready: { status: 'True', reason: 'AgentConnected', message: 'the agent is connected' },
  sleeping: { status: 'False', reason: 'AgentSleeping', message: 'the agent said that it sleeps' },
  stopped: { status: 'False', reason: 'AgentStopped', message: 'the agent was stopped' },
  lost: { status: 'False', reason: 'ConnectionLost', message: 'the connection to the agent broke' },
};
const notHeard: Connected = {
  status: 'Unknown',
  reason: 'NotHeardSinceHubStart',
  message: 'the agent has not connected since the hub started',
};

const workers = 4;

export class PresenceBridge implements RetainedSource {
  private readonly options: PresenceBridgeOptions;
  /** The last word of each node; bounded by the nodes that have a certificate. */
  private readonly heard = new Map<string, Presence>();
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
    const { broker, client, log } = this.options;
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

  private hear(node: string, presence: Presence): void {
    const before = this.heard.get(node);
    // The will of an older boot arrives after a take-over: it says nothing of the one that is there now.
    if (presence.state === 'lost' && before && before.boot !== presence.boot) return;
    this.heard.set(node, presence);
    this.queue.add(node);
  }

  /** The connection on which that was said is gone, with or without a will. */
  private left(node: string, said: Presence): void {
    if (this.heard.get(node) === said) this.hear(node, { ...said, state: 'lost' });
  }

  private show(node: Live<Node>): void {
    const { name } = node.metadata;
    this.shown.set(name, node);
    if (this.change(name)) this.queue.add(name);
  }

  /** What the condition must become; undefined: it is right, or there is no such node (yet). */
  private change(name: string): Connected | undefined {
    const shown = this.shown.get(name);
    if (!shown) return undefined;
    const condition = findCondition(shown.status?.conditions, connectedType);
    const presence = this.heard.get(name);
    if (!presence && !condition) return undefined;
    const wanted = presence ? conditions[presence.state] : notHeard;
    return condition?.status === wanted.status && condition.reason === wanted.reason ? undefined : wanted;
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
    const wanted = this.change(name);
    if (!wanted) return;
    const now = formatTime(this.options.clock.now());
    const before = findCondition(this.shown.get(name)?.status?.conditions, connectedType);
    const lastTransitionTime = before?.status === wanted.status ? before.lastTransitionTime : now;
    const condition = { type: connectedType, ...wanted, lastHeartbeatTime: now, lastTransitionTime };
    try {
      const node = await this.options.client.patch(
        nodes,
        { name },
        'application/strategic-merge-patch+json',
        { status: { conditions: [condition] } },
        { subresource: 'status' },
      );
      this.shown.set(name, node);
    } catch (error) {
      // It comes with the watch when it is created; one that was deleted needs no condition.
      if (!ApiError.is(error, 'NotFound')) throw error;
    }
  }
}
