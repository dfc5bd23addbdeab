// The API over MQTT: requests and answers by rpc, watches by topics, for people, programs and controllers.

import { expect } from 'chai';
import { type ConfigMap, configmaps, pods } from '../../../shared/api/index.ts';
import { systemClock } from '../../../shared/base/index.ts';
import { encode, type MqttBus, parseRpcResponse, RpcClient, rpcTopic } from '../../../shared/bus/index.ts';
import { type Client, createClient, MqttConnection } from '../../../shared/client/index.ts';
import { ApiError, type KubeObject } from '../../../shared/machinery/index.ts';
import { MqttHub } from '../../support/mqtt-hub.ts';
import { until } from '../../support/until.ts';

describe('the API over MQTT', () => {
  let hub: MqttHub;
  before(async () => {
    hub = await MqttHub.start();
  });
  after(() => hub.stop());

  const configMap = (name: string, data: Record<string, string> = {}): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data,
  });

  async function rpcFor(user: string): Promise<{ bus: MqttBus; rpc: RpcClient }> {
    const bus = await hub.fixture.userBus(user);
    const rpc = new RpcClient({ bus, client: user, clock: systemClock, timeout: 30_000 });
    await rpc.start();
    return { bus, rpc };
  }

  it('answers a request as REST does', async () => {
    const { rpc } = await rpcFor('admin-rest');
    const created = await rpc.request({
      method: 'POST',
      path: '/api/v1/namespaces/default/configmaps',
      body: configMap('rest'),
    });
    expect(created.code).to.equal(201);
    const missing = await rpc.request({ method: 'GET', path: '/api/v1/namespaces/default/configmaps/none' });
    expect(missing).to.deep.include({ code: 404 });
    expect(missing.body).to.deep.include({ kind: 'Status', reason: 'NotFound' });
    const patched = await rpc.request({
      method: 'PATCH',
      path: '/api/v1/namespaces/default/configmaps/rest',
      contentType: 'application/merge-patch+json',
      body: { data: { a: 'b' } },
    });
    expect(patched.body).to.deep.include({ data: { a: 'b' } });
  });

  it('warns of what stands twice or is not known, or refuses it', async () => {
    const { bus } = await rpcFor('admin-twice');
    const answers: string[] = [];
    await bus.subscribe(rpcTopic('admin-twice', 'response'), (_topic, payload) => answers.push(`${payload}`));
    const ask = async (id: string, query: string) => {
      const path = `/api/v1/namespaces/default/configmaps?dryRun=All${query}`;
      const body = '{"metadata":{"name":"twice"},"data":{"a":"1","a":"2"},"odd":1}';
      const request = `{"id":"${id}","method":"POST","path":"${path}","body":${body}}`;
      await bus.publish(rpcTopic('admin-twice', 'request'), request, { qos: 1 });
      const answer = await until(id, () => answers.find((each) => each.includes(`"id":"${id}"`)));
      return JSON.parse(answer);
    };
    const { code, warnings } = await ask('warned', '');
    expect([code, warnings]).to.deep.equal([201, ['duplicate field "data.a"', 'unknown field "odd"']]);
    const strict = await ask('strict', '&fieldValidation=Strict');
    expect(strict.code).to.equal(400);
    expect(strict.body.message).to.include(
      'strict decoding error: duplicate field "data.a", unknown field "odd"',
    );
    expect((await ask('ignored', '&fieldValidation=Ignore')).warnings).to.equal(undefined);
  });

  it('refuses a watch, and names the topic', async () => {
    const { rpc } = await rpcFor('admin-watch');
    for (const path of [
      '/api/v1/namespaces/default/pods?watch=true',
      '/api/v1/watch/namespaces/default/pods',
    ]) {
      const { code, body } = await rpc.request({ method: 'GET', path });
      expect(code, path).to.equal(405);
      expect(JSON.stringify(body)).to.contain('kelp/v1/watch/core/pods/default/#');
    }
  });

  it('answers what is malformed with what is wrong, and a message that comes twice once', async () => {
    const { bus } = await rpcFor('admin-malformed');
    const answers: string[] = [];
    await bus.subscribe(rpcTopic('admin-malformed', 'response'), (_topic, payload) => {
      const { id, code } = parseRpcResponse(payload) ?? {};
      answers.push(`${id} ${code}`);
    });
    const request = rpcTopic('admin-malformed', 'request');
    await bus.publish(request, 'no JSON', { qos: 1 });
    await bus.publish(request, JSON.stringify({ id: 'one', method: 'GET', path: 'no/slash' }), { qos: 1 });
    const twice = encode({ id: 'two', method: 'GET', path: '/api/v1/namespaces/default' });
    await bus.publish(request, twice, { qos: 1 });
    await bus.publish(request, twice, { qos: 1 });
    await bus.publish(request, encode({ id: 'three', method: 'GET', path: '/api/v1/namespaces/default' }), {
      qos: 1,
    });
    await until('the last answer', () => answers.includes('three 200'));
    // Each answer is heard by two subscriptions of this connection: the client's own and this one.
    expect(answers).to.deep.equal(['one 400', 'two 200', 'three 200']);
  });

  it('answers 429 beyond 64 requests in work, and 413 for a body beyond 3 MiB', async () => {
    const bus = await hub.fixture.userBus('admin-many');
    const rpc = new RpcClient({
      bus,
      client: 'admin-many',
      clock: systemClock,
      timeout: 30_000,
      pending: 200,
    });
    await rpc.start();
    const codes = await Promise.all(
      Array.from({ length: 100 }, () =>
        rpc.request({ method: 'GET', path: '/api/v1/namespaces/default/configmaps' }),
      ),
    );
    const counted = (code: number) => codes.filter((answer) => answer.code === code).length;
    expect(counted(200) + counted(429)).to.equal(100);
    expect(counted(200)).to.be.at.least(64);
    const body = configMap('large', { text: 'x'.repeat(3 * 1024 * 1024) });
    const large = await rpc.request({ method: 'POST', path: '/api/v1/namespaces/default/configmaps', body });
    expect(large.code).to.equal(413);
  });

  describe('a client of it', () => {
    /** A client that comes back after breaks, as a controller in another process has it. */
    async function client(user: string): Promise<{ client: Client; stop(): Promise<void>; cut(): void }> {
      const connection = new MqttConnection({
        ...hub.fixture.busOptions(user),
        token: `user:${user}`,
        backoff: { base: 10, max: 100 },
        clock: systemClock,
      });
      connection.start();
      await connection.connected(AbortSignal.timeout(5_000));
      return {
        client: createClient(connection.transport),
        stop: () => connection.stop(),
        cut: () => hub.broker.peer(user)?.cut(),
      };
    }

    it('reads and writes as in the hub', async () => {
      const remote = await client('admin-client');
      try {
        await remote.client.create(configmaps, configMap('typed'));
        const key = { namespace: 'default', name: 'typed' };
        const updated = await remote.client.patch(configmaps, key, 'application/merge-patch+json', {
          data: { a: '1' },
        });
        expect(updated.data).to.deep.equal({ a: '1' });
        const list = await remote.client.list(configmaps, { namespace: 'default' });
        expect(list.items.map(({ metadata }) => metadata.name)).to.include('typed');
        await remote.client.delete(configmaps, key);
        const outcome = await remote.client.get(configmaps, key).catch((error: unknown) => error);
        expect(ApiError.is(outcome, 'NotFound')).to.equal(true);
      } finally {
        await remote.stop();
      }
    });

    it('follows what selectors ask for: an object comes in and goes out by its labels', async () => {
      const remote = await client('admin-select');
      const heard: string[] = [];
      const following = remote.client.listWatch(
        {
          resource: configmaps,
          namespace: 'default',
          labelSelector: 'app=a',
          fieldSelector: 'metadata.name!=other',
        },
        {
          onReplace: ({ items }) => heard.push(`list ${items.length}`),
          onEvent: ({ type, object }) => heard.push(`${type} ${object.metadata.name}`),
          onError: () => undefined,
        },
      );
      const label = (name: string, app: string | null) =>
        hub.client.patch(configmaps, { namespace: 'default', name }, 'application/merge-patch+json', {
          metadata: { labels: { app } },
        });
      try {
        await until('the list', () => heard.length === 1);
        for (const name of ['chosen', 'other']) {
          await hub.client.create(configmaps, configMap(name));
          await label(name, 'a');
        }
        await label('chosen', 'b');
        await until('both events', () => heard.length === 3);
        expect(heard).to.deep.equal(['list 0', 'ADDED chosen', 'DELETED chosen']);
      } finally {
        following.stop();
        await remote.stop();
      }
    });

    it('follows objects through writes, breaks and deletions, and ends with what is there', async () => {
      const remote = await client('admin-follow');
      const known = new Map<string, KubeObject>();
      let replaced = 0;
      const following = remote.client.listWatch(
        { resource: configmaps, namespace: 'default' },
        {
          onReplace: ({ items }) => {
            replaced += 1;
            known.clear();
            for (const item of items) known.set(item.metadata.name, item);
          },
          onEvent: ({ type, object }) => {
            const before = known.get(object.metadata.name)?.metadata?.resourceVersion;
            if (type === 'DELETED') known.delete(object.metadata.name);
            else {
              expect(Number(object.metadata.resourceVersion)).to.be.greaterThan(Number(before ?? 0));
              known.set(object.metadata.name, object);
            }
          },
          onError: () => undefined,
        },
      );
      try {
        await until('the first list', () => replaced > 0);
        for (let turn = 0; turn < 120; turn += 1) {
          const name = `walk-${turn % 7}`;
          const key = { namespace: 'default', name };
          const there = await hub.client.get(configmaps, key).catch(() => undefined);
          if (!there) await hub.client.create(configmaps, configMap(name));
          else if (turn % 3 === 0) await hub.client.delete(configmaps, key);
          else
            await hub.client.patch(configmaps, key, 'application/merge-patch+json', {
              data: { turn: `${turn}` },
            });
          if (turn === 60) remote.cut();
        }
        const truth = async () => {
          const { items } = await hub.client.list(configmaps, { namespace: 'default' });
          return items
            .map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`)
            .sort()
            .join();
        };
        const seen = () =>
          [...known.values()]
            .map(({ metadata }) => `${metadata?.name} ${metadata?.resourceVersion}`)
            .sort()
            .join();
        await until(
          'what it knows to be what is there',
          async () => replaced > 1 && seen() === (await truth()),
        );
      } finally {
        following.stop();
        await remote.stop();
      }
    });
  });

  it('shows each commit to whoever subscribes, kept objects first, and a deletion as an empty message', async () => {
    const pod = await hub.pod('seen', 'pi-9');
    const bus = await hub.fixture.userBus('admin-mirror');
    const heard: string[] = [];
    await bus.subscribe('kelp/v1/watch/core/pods/default/#', (topic, payload, { retained }) => {
      const object: KubeObject | undefined = payload.length > 0 ? JSON.parse(payload.toString()) : undefined;
      heard.push(`${topic.split('/').at(-1)} ${object?.metadata?.uid === pod.metadata.uid} ${retained}`);
    });
    await until('the kept object', () => heard.length === 1);
    await hub.client.delete(pods, { namespace: 'default', name: 'seen' }, { gracePeriodSeconds: 0 });
    await until('the deletion', () => heard.at(-1) === 'seen false false');
    expect(heard[0]).to.equal('seen true true');
    expect(heard.slice(1, -1).filter((text) => text !== 'seen true false')).to.deep.equal([]);
  });
});
