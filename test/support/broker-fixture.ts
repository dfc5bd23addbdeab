// A real broker on loopback with TLS, and clients of all sorts that connect to it.

import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import {
  Broker,
  type BrokerAccess,
  type BrokerLimits,
  type RetainedMessage,
} from '../../hub/broker/index.ts';
import { createLog, systemClock } from '../../shared/base/index.ts';
import { MqttBus, type MqttBusOptions, matches, mayReveal } from '../../shared/bus/index.ts';
import { makeCertificates, type TestCertificates } from './certificates.ts';

/** Tokens are `user:<name>`; who is called `admin…` may watch everything, others pods of namespace `default`. */
export const testAccess: BrokerAccess = {
  async authenticate({ certificate, token }) {
    if (certificate) return { name: certificate.commonName, groups: certificate.organizations };
    const name = token?.startsWith('user:') ? token.slice('user:'.length) : undefined;
    return name ? { name, groups: [] } : undefined;
  },
  async authorizeWatch(user, { resource, namespace }) {
    return user.name.startsWith('admin') || (resource === 'pods' && namespace === 'default');
  },
};

export class BrokerFixture {
  readonly broker: Broker;
  readonly certificates: TestCertificates;
  readonly retained = new Map<string, string>();
  private readonly clients: { end(): Promise<unknown> }[] = [];

  private constructor(certificates: TestCertificates, options: FixtureOptions) {
    this.certificates = certificates;
    const { retained } = this;
    this.broker = new Broker({
      tls: {
        key: certificates.server.key,
        cert: certificates.server.certificate,
        ca: certificates.ca.certificate,
      },
      bind: '127.0.0.1',
      port: 0,
      access: options.access ?? testAccess,
      retained: {
        async *match(filter): AsyncIterable<RetainedMessage> {
          for (const [topic, payload] of retained) {
            if (matches(filter, topic) && mayReveal(filter, topic)) yield { topic, payload };
          }
          if (options.retained) yield* options.retained(filter);
        },
      },
      ...(options.limits && { limits: options.limits }),
      clock: systemClock,
      log: createLog('test', 'silent'),
    });
  }

  static async start(options: FixtureOptions = {}): Promise<BrokerFixture> {
    const fixture = new BrokerFixture(options.certificates ?? (await makeCertificates()), options);
    await fixture.broker.start();
    return fixture;
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.end()));
    await this.broker.stop();
  }

  /** MQTT.js itself, with a token unless `options` say else. Not awaited until connected. */
  mqttClient(user: string, options: IClientOptions = {}): MqttClient {
    const client = mqtt.connect(`mqtts://localhost:${this.broker.port}`, {
      ca: this.certificates.ca.certificate,
      reconnectPeriod: 0,
      clientId: user,
      username: 'x',
      password: `user:${user}`,
      ...options,
    });
    client.on('error', () => undefined); // tests look at what follows from it
    this.clients.push({ end: () => client.endAsync(true) });
    return client;
  }

  /** Our own Bus, as a node with its certificate, connected. */
  async nodeBus(node: string, options: Partial<MqttBusOptions> = {}): Promise<MqttBus> {
    const { certificate, key } = await this.certificates.node(node);
    const bus = new MqttBus({
      ...this.busOptions(node),
      tls: this.tls({ cert: certificate, key }),
      ...options,
    });
    return this.connected(bus);
  }

  /** Our own Bus, as a person with a token, connected. */
  userBus(user: string, options: Partial<MqttBusOptions> = {}): Promise<MqttBus> {
    return this.connected(new MqttBus({ ...this.busOptions(user), token: `user:${user}`, ...options }));
  }

  busOptions(clientId: string): MqttBusOptions {
    return { address: () => ({ host: 'localhost', port: this.broker.port }), clientId, tls: this.tls() };
  }

  tls(identity: { cert?: string; key?: string } = {}): MqttBusOptions['tls'] {
    return { ca: this.certificates.ca.certificate, servername: 'localhost', ...identity };
  }

  private async connected(bus: MqttBus): Promise<MqttBus> {
    this.clients.push({ end: () => bus.close() });
    await bus.connect();
    return bus;
  }
}

export interface FixtureOptions {
  certificates?: TestCertificates;
  access?: BrokerAccess;
  limits?: Partial<BrokerLimits>;
  retained?: (filter: string) => AsyncIterable<RetainedMessage>;
}
