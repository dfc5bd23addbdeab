// The connection to the hub, as a visible state machine. It keeps the durable copy of what is desired, carries reports to
// the hub, says that the node is alive, and comes back after every break.
//
//   stopped ──start──▶ disconnected ──▶ connecting ──▶ syncing ──equal or bookmark──▶ ready
//      ▲                    ▲               │              │                             │
//      └──────stop──────────┴───failed──────┴────broken────┴──────────broken─────────────┘

import { nodes } from '../../shared/api/index.ts';
import type { Clock, Logger, Timer } from '../../shared/base/index.ts';
import {
  acksTopic,
  type BrokerAddress,
  ConnectionDrive,
  encode,
  filters,
  leasePayloadLength,
  leaseTopic,
  MqttBus,
  type MqttBusOptions,
  type PresenceState,
  parseHubSync,
  presenceTopic,
  RpcClient,
  streamTopic,
  syncTopic,
} from '../../shared/bus/index.ts';
import { createClient, MqttTransport } from '../../shared/client/index.ts';
import { DesiredCopy } from './desired-copy.ts';
import { DesiredInbox } from './desired-inbox.ts';
import { HubList } from './hub-list.ts';
import { NodeRange } from './node-range.ts';
import type { DesiredState, Reporter, TokenRequests } from './node-state.ts';
import { Outbox } from './outbox.ts';
import { PodTokens } from './pod-tokens.ts';
import { StreamServer } from './stream-server.ts';
import type { StreamSource } from './stream-source.ts';

export type LinkState =
  | { is: 'stopped' }
  /** `retryAfter`: milliseconds until the next attempt. */
  | { is: 'disconnected'; reason: string; retryAfter: number }
  | { is: 'connecting' }
  | { is: 'syncing' }
  | { is: 'ready' };

export interface LinkOptions extends Pick<MqttBusOptions, 'tls' | 'token' | 'keepalive' | 'answerTimeout'> {
  /** The broker that the board joined through. */
  hub: BrokerAddress;
  nodeName: string;
  /** Where the copy is kept; locked while the link runs. */
  directory: string;
  /** Changes with every start of the agent. */
  bootId: string;
  /** Serves what the hub asks of this node. */
  streamSource: StreamSource;
  /** Seconds between signs of life; default 10. */
  leaseSeconds?: number;
  /** Milliseconds; default 1,000 growing to 60,000, of which a random share is waited. */
  backoff?: { base: number; max: number };
  clock: Clock;
  log: Logger;
}

export class Link {
  /** Answered while there is a connection. */
  readonly tokens: TokenRequests;
  /** What the hub has given this node for its pods. */
  readonly range: NodeRange;
  private readonly options: LinkOptions;
  private readonly copy: DesiredCopy;
  private readonly hubs: HubList;
  private readonly bus: MqttBus;
  private readonly rpc: RpcClient;
  private readonly outbox: Outbox;
  private readonly inbox: DesiredInbox;
  private readonly streams: StreamServer;
  private readonly drive: ConnectionDrive;
  private readonly stateListeners = new Set<(state: LinkState) => void>();
  private current: LinkState = { is: 'stopped' };
  private lease: Timer | undefined;
  private connection = new AbortController();
  /** Of the hub's state when both ends were last equal. */
  private revision = '';

  constructor(options: LinkOptions) {
    this.options = options;
    const { nodeName, hub, tls, token, keepalive, answerTimeout, directory, clock, log } = options;
    const { streamSource, backoff } = options;
    this.hubs = new HubList({ joined: hub, directory });
    this.copy = new DesiredCopy({ directory, log });
    this.bus = new MqttBus({
      address: () => this.hubs.current,
      tls,
      clientId: nodeName,
      ...(token && { token }),
      ...(keepalive && { keepalive }),
      ...(answerTimeout && { answerTimeout }),
      will: () => ({ topic: presenceTopic(nodeName), payload: this.presence('lost'), qos: 1, retain: true }),
    });
    this.rpc = new RpcClient({ bus: this.bus, client: nodeName, clock });
    const transport = new MqttTransport({ bus: this.bus, rpc: this.rpc, connectivity: noWatches, clock });
    const client = createClient(transport);
    this.outbox = new Outbox({ client, clock, log });
    const ask = () => client.get(nodes, { name: nodeName });
    this.range = new NodeRange({ directory, ask, clock, log });
    this.tokens = new PodTokens({ client, isConnected: () => this.bus.connected });
    this.inbox = new DesiredInbox({
      copy: this.copy,
      log,
      onSaved: (acks) => this.say(acksTopic(nodeName), encode(acks)),
      onEqual: (revision) => this.becomeReady(revision),
      onFailed: (error) => this.copyFailed(error),
    });
    this.streams = new StreamServer({
      source: streamSource,
      log,
      // QoS 0: the connection keeps order and loses nothing, and with it ends the stream.
      send: (id, frame) => this.say(streamTopic(nodeName, id, 'agent'), frame),
    });
    this.drive = new ConnectionDrive({
      bus: this.bus,
      clock,
      ...(backoff && { backoff }),
      onConnecting: () => this.becomeConnecting(),
      onConnected: () => this.join(),
      onDisconnected: (reason, retryAfter) => {
        this.hubs.tryNext();
        this.becomeDisconnected(reason, retryAfter);
      },
    });
    this.copy.onChange(({ uid, gone }) => gone && this.outbox.forget(uid));
  }

  get state(): LinkState {
    return this.current;
  }

  /** What the hub wants of this node, as last saved. */
  get desired(): DesiredState {
    return this.copy;
  }

  get reporter(): Reporter {
    return this.outbox;
  }

  /** Reports that the hub has not answered. */
  get unreported(): number {
    return this.outbox.size;
  }

  /** Resolves when the hub has this node. */
  get registered(): Promise<void> {
    return this.outbox.registered;
  }

  onState(listener: (state: LinkState) => void): void {
    this.stateListeners.add(listener);
  }

  /** Loads the copy: with or without a hub, the desired state is there when this resolves. */
  async start(): Promise<void> {
    await this.copy.open();
    await this.hubs.open();
    await this.range.open();
    this.becomeDisconnected('not connected yet', 0);
    this.drive.start();
  }

  /** Says that the agent stops, so that nobody takes it for lost. */
  async stop(): Promise<void> {
    const { nodeName, log } = this.options;
    if (this.bus.connected) {
      await this.bus
        .publish(presenceTopic(nodeName), this.presence('stopped'), { qos: 1, retain: true })
        .catch((error: Error) =>
          log.info({ reason: error.message }, 'the hub could not be told that this agent stops'),
        );
    }
    this.leave('the agent is stopping');
    await this.drive.stop();
    await this.inbox.clear();
    await this.copy.close();
    this.become({ is: 'stopped' });
  }

  /** A new connection: listen, say that we are here, and compare. */
  private async join(): Promise<void> {
    const { nodeName } = this.options;
    await Promise.all([
      this.bus.subscribe(filters.desired(nodeName), (topic, payload) => this.inbox.take(topic, payload)),
      this.bus.subscribe(syncTopic(nodeName, 'hub'), (_topic, payload) => this.hear(payload)),
      this.bus.subscribe(filters.streams(nodeName), (topic, payload) => this.streams.take(topic, payload)),
      this.rpc.start(),
    ]);
    await this.bus.publish(presenceTopic(nodeName), this.presence('ready'), { qos: 1, retain: true });
    this.becomeSyncing();
    this.renewLease();
    this.outbox.connected();
    this.sendDigest();
    this.connection = new AbortController();
    this.learnRange(this.connection.signal);
  }

  private learnRange(connection: AbortSignal): void {
    this.registered
      .then(() => this.range.learn(connection))
      .catch((error: unknown) => {
        // With the next connection it is asked for again.
        if (!connection.aborted) this.options.log.warn({ err: error }, 'the range of this node is not known');
      });
  }

  private hear(payload: Buffer): void {
    const message = parseHubSync(payload);
    switch (message?.type) {
      case 'different':
        if (message.epoch !== this.copy.epoch) this.outbox.sayAgain();
        this.say(
          syncTopic(this.options.nodeName, 'agent'),
          encode({ type: 'map', versions: this.copy.versions() }),
          1,
        );
        return;
      case 'gone':
        this.inbox.takeGone(message.epoch, message.uids);
        return;
      case 'equal':
      case 'bookmark':
        this.inbox.takeEqual(message);
        return;
      case 'pause':
        this.drive.pause(message.milliseconds);
        return;
      case 'report':
        this.outbox.sayAgain();
        return;
      case 'hubs':
        this.hubsTold(message.hubs);
        return;
      case undefined:
        this.options.log.warn('the hub sent what cannot be read');
    }
  }

  private sendDigest(): void {
    const { nodeName, bootId } = this.options;
    const { epoch, hash } = this.copy;
    const message = encode({ type: 'digest', boot: bootId, epoch, revision: this.revision, hash });
    this.say(syncTopic(nodeName, 'agent'), message, 1);
  }

  private renewLease(): void {
    const { nodeName, bootId, clock, leaseSeconds = 10 } = this.options;
    this.say(leaseTopic(nodeName), bootId.slice(0, leasePayloadLength));
    this.lease = clock.after(leaseSeconds * 1_000, () => this.renewLease());
  }

  /** What cannot be said is not kept: after the break, the digest and the outbox say what matters. */
  private say(topic: string, payload: string | Buffer, qos: 0 | 1 = 0): void {
    this.bus
      .publish(topic, payload, { qos })
      .catch((error: Error) => this.options.log.debug({ topic, reason: error.message }, 'not sent'));
  }

  private presence(state: PresenceState): string {
    const { bootId, clock } = this.options;
    return encode({ state, boot: bootId, since: new Date(clock.now()).toISOString() });
  }

  private hubsTold(hubs: readonly BrokerAddress[]): void {
    this.hubs
      .tell(hubs)
      .catch((error: unknown) =>
        this.options.log.error({ err: error }, 'the list of hubs could not be saved'),
      );
  }

  /** Nothing was acknowledged. Memory is read again from what the disk has; the connection begins anew. */
  private copyFailed(error: unknown): void {
    this.options.log.error({ err: error }, 'the desired state could not be saved');
    this.bus.cut();
    this.copy
      .open()
      .catch((cause: unknown) =>
        this.options.log.error({ err: cause }, 'the copy of the desired state cannot be read'),
      );
  }

  private leave(reason: string): void {
    this.lease?.cancel();
    this.connection.abort();
    this.outbox.disconnected();
    this.streams.closeAll();
    void this.rpc.stop(reason);
    void this.inbox.clear();
  }

  private becomeConnecting(): void {
    this.become({ is: 'connecting' });
  }

  private becomeSyncing(): void {
    this.become({ is: 'syncing' });
  }

  private becomeReady(revision: string): void {
    this.revision = revision;
    if (this.current.is === 'syncing') this.become({ is: 'ready' });
  }

  private becomeDisconnected(cause: unknown, retryAfter: number): void {
    const reason = cause instanceof Error ? cause.message : String(cause ?? 'the connection was closed');
    this.leave(reason);
    this.become({ is: 'disconnected', reason, retryAfter });
  }

  private become(state: LinkState): void {
    const before = this.current;
    this.current = state;
    if (before.is !== state.is) this.options.log.info({ from: before.is, ...state }, 'link');
    for (const listener of this.stateListeners) listener(state);
  }
}

/** An agent follows no watches: what it is to hold is brought to it. */
const noWatches = {
  connected: () => Promise.reject(new Error('an agent follows no watches')),
  disconnected: () => Promise.reject(new Error('an agent follows no watches')),
};
