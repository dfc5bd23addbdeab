// The hub's MQTT side, all of it real and in this process: store, API server, broker, bridges and door.

import { Link, type LinkOptions, type StreamSource } from '../../edge-agent/link/index.ts';
import { ApiServer, NodeReach } from '../../hub/apiserver/index.ts';
import { MqttDoor } from '../../hub/apiserver/mqtt/index.ts';
import {
  DesiredStateBridge,
  LeaseBridge,
  Mirror,
  NodeStreamBridge,
  PresenceBridge,
} from '../../hub/bridge/index.ts';
import type { Broker, RetainedMessage } from '../../hub/broker/index.ts';
import { MemoryStore } from '../../hub/store/index.ts';
import { type Node, nodes, type Pod, pods, resources } from '../../shared/api/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { type Client, createClient } from '../../shared/client/index.ts';
import { ApiError, type KubeObject, type Live } from '../../shared/machinery/index.ts';
import { BrokerFixture, type FixtureOptions, testAccess } from './broker-fixture.ts';
import { until } from './until.ts';

export const noStreams: StreamSource = {
  open: async () => {
    throw new ApiError('NotFound', 'no streams here');
  },
};

const log = createLog('test', process.env.KELP_TEST_LOG ?? 'silent');

export interface MqttHubOptions extends FixtureOptions {
  /** What is there from the beginning. */
  namespaces?: readonly string[];
}

export class MqttHub {
  readonly store: MemoryStore;
  readonly reach: NodeReach;
  readonly fixture: BrokerFixture;
  readonly client: Client;
  readonly desired: DesiredStateBridge;
  readonly streams: NodeStreamBridge;
  readonly api: ApiServer;
  private readonly parts: { start(): Promise<void> | void; stop(): Promise<void> | void }[];
  private readonly links: Link[] = [];

  private constructor(
    store: MemoryStore,
    fixture: BrokerFixture,
    mirrors: { mirror?: Mirror; presence?: PresenceBridge },
  ) {
    this.store = store;
    this.fixture = fixture;
    const { broker } = fixture;
    const clock = systemClock;
    this.reach = new NodeReach({ store });
    this.streams = new NodeStreamBridge({ broker, clock, openTimeout: 2_000 });
    this.api = new ApiServer({
      store,
      clock,
      log,
      resources,
      authorize: async () => ({ allowed: true }),
      admission: () => [],
      nodeStreams: this.streams,
    });
    const { api, reach } = this;
    this.client = createClient(api.transport({ user: { name: 'system:hub', groups: ['system:masters'] } }));
    const { client } = this;
    this.desired = new DesiredStateBridge({ broker, store, reach, log });
    const presence = new PresenceBridge({ broker, client, clock, log });
    const mirror = new Mirror({ broker, store, texts: api.texts, resources: () => resources, log });
    Object.assign(mirrors, { mirror, presence });
    const leases = new LeaseBridge({ broker, client, clock, log });
    const door = new MqttDoor({
      bus: broker,
      handle: (request) => api.handle(request),
      texts: api.texts,
      log,
    });
    this.parts = [api, reach, mirror, this.desired, presence, leases, this.streams, door];
  }

  static async start({
    namespaces = ['default', 'kube-node-lease'],
    ...options
  }: MqttHubOptions = {}): Promise<MqttHub> {
    const store = new MemoryStore({ clock: systemClock });
    await store.start();
    const mirrors: { mirror?: Mirror; presence?: PresenceBridge } = {};
    const fixture = await BrokerFixture.start({
      ...options,
      access: options.access ?? testAccess,
      retained: (filter) => retainedOf(mirrors, filter),
    });
    const hub = new MqttHub(store, fixture, mirrors);
    for (const part of hub.parts) await part.start();
    for (const name of namespaces) {
      await store.commit([
        {
          key: `/core/namespaces/_/${name}`,
          object: {
            apiVersion: 'v1',
            kind: 'Namespace',
            metadata: { name, uid: `ns-${name}`, creationTimestamp: '2026-01-01T00:00:00Z' },
          },
        },
      ]);
    }
    return hub;
  }

  get broker(): Broker {
    return this.fixture.broker;
  }

  async stop(): Promise<void> {
    await Promise.all(this.links.map((link) => link.stop()));
    for (const part of [...this.parts].reverse()) await part.stop();
    await this.fixture.stop();
    await this.store.stop();
  }

  /** An agent's link, started; it need not be connected yet. */
  async link(nodeName: string, directory: string, options: Partial<LinkOptions> = {}): Promise<Link> {
    const { certificate, key } = await this.fixture.certificates.node(nodeName);
    const link = new Link({
      hub: { host: 'localhost', port: this.broker.port },
      tls: this.fixture.tls({ cert: certificate, key }),
      nodeName,
      directory,
      bootId: `boot-${Math.random()}`,
      streamSource: noStreams,
      backoff: { base: 20, max: 200 },
      clock: systemClock,
      log,
      ...options,
    });
    this.links.push(link);
    await link.start();
    return link;
  }

  async readyLink(nodeName: string, directory: string, options: Partial<LinkOptions> = {}): Promise<Link> {
    const link = await this.link(nodeName, directory, options);
    await until(`${nodeName} to be ready`, () => link.state.is === 'ready');
    return link;
  }

  /** Creates a pod that is bound to a node. */
  pod(name: string, nodeName: string, spec: Partial<NonNullable<Pod['spec']>> = {}): Promise<Live<Pod>> {
    return this.client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { nodeName, containers: [{ name: 'c', image: 'busybox' }], ...spec },
    });
  }

  node(name: string): Promise<Live<Node>> {
    return this.client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name } });
  }

  async put(key: string, object: KubeObject): Promise<void> {
    await this.store.commit([{ key, object }]);
  }
}

async function* retainedOf(
  { mirror, presence }: { mirror?: Mirror; presence?: PresenceBridge },
  filter: string,
): AsyncIterable<RetainedMessage> {
  if (mirror) yield* mirror.match(filter);
  if (presence) yield* presence.match(filter);
}
