// The broker as clients see it: who gets in, what arrives, what is refused, and that nobody stalls anybody.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { MqttClient } from 'mqtt';
import { presenceTopic, rpcTopic, watchTopic } from '../../../shared/bus/index.ts';
import { BrokerFixture } from '../../support/broker-fixture.ts';
import { until } from '../../support/until.ts';

const pod = (name: string, namespace = 'default') =>
  watchTopic({ group: '', resource: 'pods', namespace, name });
const secret = (name: string) => watchTopic({ group: '', resource: 'secrets', namespace: 'default', name });

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('broker', () => {
  let fixture: BrokerFixture;
  before(async () => {
    fixture = await BrokerFixture.start({
      limits: { packetBytes: 64 * 1024, clientBytes: 4 * 1024 * 1024, drainTimeout: 2_000 },
    });
  });
  after(() => fixture.stop());

  /** Answers whether the broker had a session. */
  function connected(client: MqttClient): Promise<boolean> {
    return new Promise((resolve, reject) => {
      client.once('connect', (packet) => resolve(packet.sessionPresent));
      client.once('error', reject);
    });
  }

  /** Connects, and answers CONNACK's fate. */
  async function fate(client: MqttClient): Promise<string> {
    return new Promise((resolve) => {
      client.once('connect', () => resolve('connected'));
      client.once('error', (error) => resolve(error.message));
      client.once('close', () => resolve('closed'));
    });
  }

  describe('lets in', () => {
    it('a node by its certificate, and a person by a token', async () => {
      const node = await fixture.nodeBus('pi-in');
      const person = await fixture.userBus('someone');
      expect([node.connected, person.connected]).to.deep.equal([true, true]);
      expect(fixture.broker.peer('pi-in')?.node).to.equal('pi-in');
      expect(fixture.broker.peer('someone')?.user.name).to.equal('someone');
    });

    it('nobody without credentials, or with an unknown token', async () => {
      expect(await fate(fixture.mqttClient('x1', { password: 'nonsense' }))).to.match(/Not authorized/);
      expect(await fate(fixture.mqttClient('x2', { username: undefined, password: undefined }))).to.match(
        /Not authorized/,
      );
    });

    it('no certificate of another authority', async () => {
      const other = await BrokerFixture.start();
      const { certificate, key } = await other.certificates.node('pi-in');
      await other.stop();
      const client = fixture.mqttClient('pi-in', {
        cert: certificate,
        key,
        password: undefined,
        username: undefined,
      });
      expect(await fate(client)).to.match(/Not authorized/);
    });

    it('a node only under its own client id', async () => {
      const { certificate, key } = await fixture.certificates.node('pi-2');
      const client = fixture.mqttClient('pi-3', { cert: certificate, key });
      expect(await fate(client)).to.match(/Identifier rejected/);
    });

    it('no other user in the place of a connected one, but the same user again', async () => {
      const first = await fixture.userBus('desk');
      expect(await fate(fixture.mqttClient('desk', { password: 'user:thief' }))).to.match(
        /Identifier rejected/,
      );
      expect(first.connected).to.equal(true);
      const again = await fixture.userBus('desk');
      await until('the first connection to end', () => !first.connected);
      expect(again.connected).to.equal(true);
    });

    it('a node in the place of a person who took its name as client id', async () => {
      const squatter = await fixture.userBus('pi-4');
      const node = await fixture.nodeBus('pi-4');
      await until('the squatter to be gone', () => !squatter.connected);
      expect(node.connected).to.equal(true);
    });

    it('nobody who leaves a will where he may not publish', async () => {
      const will = {
        topic: presenceTopic('pi-1'),
        payload: Buffer.from('{}'),
        qos: 1 as const,
        retain: true,
      };
      expect(await fate(fixture.mqttClient('w', { will }))).to.match(/Not authorized/);
    });
  });

  describe('refuses', () => {
    const granted = [
      'kelp/v1/watch/core/pods/default/#',
      'kelp/v1/watch/core/pods/default/+',
      'kelp/v1/rpc/reader/response',
      'kelp/v1/rpc/reader/#',
    ];
    const refused = [
      '#',
      '+/v1/#',
      'kelp/#',
      'kelp/v1/#',
      'kelp/v1/watch/#',
      'kelp/v1/watch/core/#',
      'kelp/v1/watch/core/pods/#',
      'kelp/v1/watch/core/secrets/default/#',
      'kelp/v1/nodes/+/presence',
      'kelp/v1/nodes/pi-1/desired/#',
      'kelp/v1/nodes/#',
      'kelp/v1/rpc/other/response',
      'kelp/v1/rpc/+/response',
      'kelp/v1/rpc/#',
      '$SYS/#',
    ];
    it('a person every filter that reaches beyond his rights, by SUBACK', async () => {
      const client = fixture.mqttClient('reader');
      await connected(client);
      const outcome: string[] = [];
      for (const filter of [...granted, ...refused]) {
        await client.subscribeAsync(filter).catch(() => outcome.push(filter));
      }
      expect(outcome).to.deep.equal(refused);
      expect(client.connected).to.equal(true);
    });

    it('a node every filter that is not below its name', async () => {
      const node = await fixture.nodeBus('pi-5');
      await node.subscribe('kelp/v1/nodes/pi-5/#', () => {});
      await node.subscribe('kelp/v1/rpc/pi-5/response', () => {});
      for (const filter of [
        'kelp/v1/nodes/+/desired/#',
        'kelp/v1/nodes/pi-6/desired/#',
        'kelp/v1/watch/core/pods/#',
        '#',
      ]) {
        const outcome = await node
          .subscribe(filter, () => {})
          .then(
            () => 'granted',
            (error: Error) => error.message,
          );
        expect(outcome, filter).to.equal(`the broker refuses ${filter}`);
      }
    });

    it("a publication outside one's own topics, by closing", async () => {
      const forbidden = [
        pod('forged'),
        presenceTopic('pi-1'),
        rpcTopic('other', 'request'),
        rpcTopic('liar', 'response'),
        'anything',
        '$SYS/x',
      ];
      const heard: string[] = [];
      const all = await fixture.broker.subscribe('#', (topic, _payload, _info, peer) => {
        if (peer) heard.push(topic);
      });
      for (const topic of forbidden) {
        const client = fixture.mqttClient('liar');
        await connected(client);
        client.publish(topic, 'x');
        await new Promise<void>((resolve) => client.once('close', resolve));
      }
      await all.stop();
      expect(heard).to.deep.equal([]);
    });

    it('a packet that is too long, before it has been received', async () => {
      const socket = connectTls({
        port: fixture.broker.port,
        host: 'localhost',
        ca: fixture.certificates.ca.certificate,
      });
      socket.on('error', () => undefined);
      await once(socket, 'secureConnect');
      socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f])); // CONNECT of 256 MiB
      await once(socket, 'close');
    });

    it('a session that outlives its connection: it is told that there is none', async () => {
      const first = fixture.mqttClient('keeper', { clean: false });
      await connected(first);
      await first.subscribeAsync('kelp/v1/rpc/keeper/response', { qos: 1 });
      await first.endAsync(true);
      fixture.broker.send(rpcTopic('keeper', 'response'), 'missed', 1);
      const second = fixture.mqttClient('keeper', { clean: false });
      const sessionPresent = await connected(second);
      expect(sessionPresent).to.equal(false);
    });
  });

  describe('delivers', () => {
    it('retained and plain, QoS 1 and QoS 0 in one turn: all, and in order', async () => {
      const heard: string[] = [];
      const reader = await fixture.userBus('admin-order');
      await reader.subscribe('kelp/v1/watch/core/pods/#', (_topic, payload) =>
        heard.push(payload.toString()),
      );
      await reader.subscribe(rpcTopic('admin-order', 'response'), (_topic, payload) =>
        heard.push(payload.toString()),
      );
      const said: string[] = [];
      for (let turn = 0; turn < 200; turn += 1) {
        for (const [topic, qos] of [
          [pod('a'), 0],
          [rpcTopic('admin-order', 'response'), 1],
          [pod('b'), 0],
        ] as const) {
          said.push(`${turn} ${topic}`);
          fixture.broker.send(topic, `${turn} ${topic}`, qos);
        }
      }
      await until('everything to arrive', () => heard.length >= said.length);
      expect(heard).to.deep.equal(said);
    });

    it('QoS 1 and QoS 0 over several turns in order, too', async () => {
      const heard: string[] = [];
      const reader = await fixture.userBus('admin-turns');
      const topics = [pod('turns'), rpcTopic('admin-turns', 'response')] as const;
      for (const topic of topics)
        await reader.subscribe(topic, (_topic, payload) => heard.push(payload.toString()));
      const said = Array.from({ length: 300 }, (_, index) => `${index}`);
      const pauses = [
        async () => undefined,
        () => new Promise<void>((resolve) => process.nextTick(resolve)),
        () => new Promise<void>((resolve) => setImmediate(resolve)),
      ];
      for (const [index, text] of said.entries()) {
        const qos = index % 2 ? 0 : 1;
        fixture.broker.send(qos ? topics[1] : topics[0], text, qos);
        await pauses[Math.floor(index / 2) % pauses.length]?.();
      }
      await until('everything to arrive', () => heard.length >= said.length);
      expect(heard).to.deep.equal(said);
    });

    it('messages of every length, whole', async () => {
      const heard = new Map<string, string>();
      const reader = await fixture.userBus('admin-lengths');
      await reader.subscribe('kelp/v1/watch/core/pods/#', (topic, payload) =>
        heard.set(topic, payload.toString()),
      );
      // Around the lengths at which a packet's length takes another byte.
      const lengths = [0, 1, ...range(40, 66), ...range(8_160, 8_194), 20_000];
      const said = new Map(lengths.map((length) => [pod(`p${length}`), 'é'.repeat(length)]));
      for (const [topic, text] of said) fixture.broker.send(topic, text);
      await until('everything to arrive', () => heard.size >= lengths.length);
      expect(heard).to.deep.equal(said);
    });

    it('what a client publishes with mixed QoS to the hub: all, and each topic in order', async () => {
      const heard: number[] = [];
      const stop = await fixture.broker.subscribe('kelp/v1/nodes/pi-7/#', (_topic, payload) =>
        heard.push(Number(payload.toString())),
      );
      const node = await fixture.nodeBus('pi-7');
      const said = Array.from({ length: 100 }, (_, index) => `${index}`);
      await Promise.all(
        said.map((text, index) =>
          index % 2
            ? node.publish('kelp/v1/nodes/pi-7/lease', text)
            : node.publish(presenceTopic('pi-7'), text, { qos: 1, retain: true }),
        ),
      );
      await until('everything to arrive', () => heard.length >= said.length);
      await stop.stop();
      const numbers = said.map(Number);
      expect(heard.filter((number) => number % 2 === 0)).to.deep.equal(
        numbers.filter((number) => number % 2 === 0),
      );
      expect(heard.filter((number) => number % 2 === 1)).to.deep.equal(
        numbers.filter((number) => number % 2 === 1),
      );
    });

    it('what is kept, marked as such, before what happens', async () => {
      fixture.retained.set(pod('kept'), 'old');
      const heard: [string, string, boolean][] = [];
      const reader = await fixture.userBus('admin-kept');
      await reader.subscribe(`${pod('kept')}`, (topic, payload, { retained }) =>
        heard.push([topic, payload.toString(), retained]),
      );
      await until('the kept message', () => heard.length > 0);
      fixture.broker.send(pod('kept'), 'new');
      await until('the new message', () => heard.length > 1);
      fixture.retained.clear();
      expect(heard).to.deep.equal([
        [pod('kept'), 'old', true],
        [pod('kept'), 'new', false],
      ]);
    });

    it('Secrets only to whoever names them', async () => {
      fixture.retained.set(secret('db'), 'kept');
      const wide: string[] = [];
      const exact: string[] = [];
      const reader = await fixture.userBus('admin-wide');
      await reader.subscribe('kelp/v1/watch/#', (topic) => wide.push(topic));
      const other = await fixture.userBus('admin-exact');
      await other.subscribe('kelp/v1/watch/core/secrets/#', (topic) => exact.push(topic));
      fixture.broker.send(secret('db'), 'live');
      fixture.broker.send(pod('after'), 'live');
      await until('the pod', () => wide.includes(pod('after')));
      await until('the secret, kept and live', () => exact.length === 2);
      fixture.retained.clear();
      expect(wide).to.deep.equal([pod('after')]);
    });

    it('to the others while one does not read, and cuts that one off', async () => {
      const healthy = await fixture.userBus('admin-healthy');
      const heard: number[] = [];
      await healthy.subscribe('kelp/v1/watch/core/pods/#', (_topic, payload) => {
        heard.push(performance.now() - Number(payload.subarray(0, 20).toString()));
      });
      const frozen = fixture.mqttClient('admin-frozen');
      await connected(frozen);
      await frozen.subscribeAsync('kelp/v1/watch/core/pods/#');
      frozen.stream.pause();
      const filler = 'x'.repeat(20_000);
      for (let sent = 0; sent < 400; sent += 1) {
        fixture.broker.send(pod('big'), `${performance.now().toFixed(3).padEnd(20)}${filler}`);
        await until('the healthy client', () => heard.length > sent);
      }
      expect(Math.max(...heard), 'milliseconds until the healthy client had it').to.be.lessThan(2_000);
      await until('the frozen client to be cut off', () => !fixture.broker.peer('admin-frozen'));
    });

    it('to mosquitto_sub, which knows nothing of us', async function () {
      if (!existsSync('/usr/bin/mosquitto_sub')) return this.skip();
      const folder = await mkdtemp(join(tmpdir(), 'kelp-ca-'));
      try {
        await writeFile(join(folder, 'ca.crt'), fixture.certificates.ca.certificate);
        fixture.retained.set(pod('web-0'), '{"kind":"Pod"}');
        const { stdout } = await promisify(execFile)('/usr/bin/mosquitto_sub', [
          ...['-h', 'localhost', '-p', String(fixture.broker.port), '--cafile', join(folder, 'ca.crt')],
          ...['-u', 'x', '-P', 'user:admin', '-t', 'kelp/v1/watch/core/pods/#', '-v', '-C', '1', '-W', '5'],
        ]);
        expect(stdout).to.equal(`${pod('web-0')} {"kind":"Pod"}\n`);
      } finally {
        fixture.retained.clear();
        await rm(folder, { recursive: true });
      }
    });
  });

  it('publishes a will when the link breaks, not after a good-bye, and hands its topic no further', async () => {
    const heard: string[] = [];
    const stop = await fixture.broker.subscribe(presenceTopic('pi-8'), (_topic, payload) =>
      heard.push(payload.toString()),
    );
    const will = (payload: string) => () => ({
      topic: presenceTopic('pi-8'),
      payload,
      qos: 1 as const,
      retain: true,
    });
    const polite = await fixture.nodeBus('pi-8', { will: will('polite') });
    await polite.close();
    const cut = await fixture.nodeBus('pi-8', { will: will('cut') });
    cut.cut();
    await until('the will', () => heard.length > 0);
    const replaced = await fixture.nodeBus('pi-8', { will: will('replaced') });
    const next = await fixture.nodeBus('pi-8', { will: will('next') });
    await until('the will of the one that was taken over', () => heard.length > 1);
    await until('the one that was taken over to be gone', () => !replaced.connected);
    next.cut();
    await until('the will of the successor', () => heard.length > 2);
    await stop.stop();
    expect(heard).to.deep.equal(['cut', 'replaced', 'next']);
  });

  it('cuts off whose rights have ended', async () => {
    let allowed = true;
    const changing = await BrokerFixture.start({
      certificates: fixture.certificates,
      access: {
        authenticate: async () => ({ name: 'someone', groups: [] }),
        authorizeWatch: async () => allowed,
      },
    });
    try {
      const bus = await changing.userBus('someone');
      await bus.subscribe('kelp/v1/watch/core/pods/#', () => {});
      await changing.broker.recheck();
      expect(bus.connected).to.equal(true);
      allowed = false;
      await changing.broker.recheck();
      await until('the connection to end', () => !bus.connected);
    } finally {
      await changing.stop();
    }
  });
});
