// The cluster as an MQTT client sees it: plain JSON on the watch topics with a token, nothing but its own for a node.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { deployments } from '../../shared/api/index.ts';
import { MqttBus } from '../../shared/bus/index.ts';
import { HttpTransport } from '../../shared/client/http/index.ts';
import { type Client, createClient } from '../../shared/client/index.ts';
import { eventually, RunningProgram, run, skipWithout, TestCluster } from '../support/cluster.ts';
import { sleeper } from '../support/manifests.ts';

const mosquitto = '/usr/bin/mosquitto_sub';
const podTopics = 'kelp/v1/watch/core/pods/#';

describe('the view over MQTT', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  let transport: HttpTransport;
  let client: Client;

  before(async () => {
    await cluster.startHub();
    await Promise.all([cluster.startAgent('pi-1'), cluster.startAgent('pi-2')]);
    transport = new HttpTransport({ server: cluster.server, ca: cluster.ca, token: cluster.adminToken });
    client = createClient(transport);
    await client.create(deployments, sleeper('seen', 1));
  });

  after(async () => {
    transport?.close();
    await cluster.close();
  });

  const connection = (token: string) => [
    '-h',
    '127.0.0.1',
    '-p',
    `${cluster.mqttPort}`,
    '--cafile',
    cluster.caFile,
    '-u',
    'ada',
    '-P',
    token,
  ];

  it('shows pods to mosquitto_sub with a token, what is and what becomes', async function () {
    if (!existsSync(mosquitto)) skipWithout(this, 'mosquitto_sub', 'mosquitto-clients');
    const viewer = new RunningProgram(mosquitto, [...connection(cluster.adminToken), '-t', podTopics]);
    try {
      const pod = JSON.parse(await viewer.line(/"phase":"Running"/));
      expect(pod).to.deep.include({ apiVersion: 'v1', kind: 'Pod' });
      expect(pod.metadata.name).to.match(/^seen-/);
      await client.patch(
        deployments,
        { namespace: 'default', name: 'seen' },
        'application/merge-patch+json',
        { spec: { replicas: 2 } },
      );
      await eventually('another pod runs', () =>
        new Set(
          viewer.lines
            .filter((line) => line.includes('"phase":"Running"'))
            .map((line) => JSON.parse(line).metadata.name),
        ).size === 2
          ? true
          : undefined,
      );
    } finally {
      await viewer.stop();
    }
  });

  it('lets nobody in with a wrong token', async function () {
    if (!existsSync(mosquitto)) skipWithout(this, 'mosquitto_sub', 'mosquitto-clients');
    const { code, stderr } = await run(mosquitto, [...connection('wrong'), '-t', podTopics, '-W', '5']);
    expect(code).to.not.equal(0);
    expect(stderr).to.match(/not authori[sz]ed/i);
  });

  it('prints the same with kelp mqtt sub', async () => {
    const { code, stdout } = await cluster.kelp(
      'mqtt',
      'sub',
      'kelp/v1/watch/core/nodes/_/+',
      '--count',
      '2',
    );
    expect(code).to.equal(0);
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => line.split(' ')[0]).sort()).to.deep.equal([
      'kelp/v1/watch/core/nodes/_/pi-1',
      'kelp/v1/watch/core/nodes/_/pi-2',
    ]);
    expect(JSON.parse(lines[0]?.slice(lines[0].indexOf(' ')) ?? '')).to.deep.include({ kind: 'Node' });
  });

  it('tells in one line when a filter is refused', async () => {
    const { code, stderr } = await cluster.kelp('mqtt', 'sub', 'kelp/v1/rpc/+/request');
    expect(code).to.equal(1);
    expect(stderr).to.match(/^error: the broker refuses the filter "kelp\/v1\/rpc\/\+\/request": .+\n$/);
  });

  describe('a node with its certificate', () => {
    const refused = [
      podTopics,
      'kelp/v1/watch/#',
      'kelp/v1/nodes/#',
      'kelp/v1/nodes/+/desired/#',
      'kelp/v1/nodes/pi-2/desired/#',
      'kelp/v1/rpc/pi-2/request',
      'kelp/#',
      '#',
      '+/v1/nodes/pi-1/desired/#',
    ];
    const publishes = [
      'kelp/v1/nodes/pi-2/lease',
      'kelp/v1/nodes/pi-1/desired/core/pods/default/x',
      'kelp/v1/watch/core/pods/default/x',
      'other',
    ];

    function busOfPi1(): MqttBus {
      const file = (name: string) => readFileSync(join(cluster.agentDirectory('pi-1'), name), 'utf8');
      return new MqttBus({
        address: () => ({ host: '127.0.0.1', port: cluster.mqttPort }),
        clientId: 'pi-1',
        tls: { ca: cluster.ca, cert: file('node.crt'), key: file('node.key') },
      });
    }

    before(() => cluster.agents.get('pi-1')?.stop());

    it('may hear what is desired of it', async () => {
      const bus = busOfPi1();
      await bus.connect();
      await bus.subscribe('kelp/v1/nodes/pi-1/desired/#', () => {});
      await bus.close();
    });

    for (const filter of refused) {
      it(`is refused ${filter}`, async () => {
        const bus = busOfPi1();
        await bus.connect();
        const answer = await bus
          .subscribe(filter, () => {})
          .then(
            () => 'granted',
            () => 'refused',
          );
        await bus.close();
        expect(answer).to.equal('refused');
      });
    }

    for (const topic of publishes) {
      it(`is cut off when it publishes to ${topic}`, async () => {
        const bus = busOfPi1();
        await bus.connect();
        const closed = new Promise((resolve) => bus.onClosed(resolve));
        await bus.publish(topic, 'x', { qos: 1 }).catch(() => {});
        await closed;
        expect(bus.connected).to.equal(false);
        await bus.close();
      });
    }

    it('is refused the objects of others over HTTPS too', async () => {
      const file = (name: string) => readFileSync(join(cluster.agentDirectory('pi-1'), name), 'utf8');
      const certificate = { cert: file('node.crt'), key: file('node.key') };
      const asNode = new HttpTransport({ server: cluster.server, ca: cluster.ca, certificate });
      const { nodes, secrets, pods } = await import('../../shared/api/index.ts');
      const node = createClient(asNode);
      const reasons = await Promise.all(
        [
          node.list(pods),
          node.list(secrets, { namespace: 'kube-system' }),
          node.get(nodes, { name: 'pi-2' }),
          node.delete(nodes, { name: 'pi-2' }),
          node.patch(nodes, { name: 'pi-2' }, 'application/merge-patch+json', {
            metadata: { labels: { a: 'b' } },
          }),
        ].map((request) =>
          request.then(
            () => 'allowed',
            (error) => error.reason,
          ),
        ),
      );
      asNode.close();
      expect(reasons).to.deep.equal(['Forbidden', 'Forbidden', 'Forbidden', 'Forbidden', 'Forbidden']);
    });
  });
});
