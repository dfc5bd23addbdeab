// metrics.k8s.io over nodes that answer, that are silent, and that talk nonsense.

import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import type { NodeStreams } from '../../../hub/apiserver/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';

const summary = (uid: string) => ({
  node: { nodeName: 'pi-1', cpu: { usageNanoCores: 250_000_000 }, memory: { workingSetBytes: 1_048_576 } },
  pods: [
    {
      podRef: { name: 'web', namespace: 'default', uid },
      containers: [
        { name: 'c', cpu: { usageNanoCores: 5_000_000 }, memory: { workingSetBytes: 204_800 } },
        { name: 'mad', cpu: { usageNanoCores: 'a lot' }, memory: { workingSetBytes: -1 } },
      ],
    },
  ],
  windowMs: 1250,
});

describe('metrics.k8s.io', () => {
  let server: ApiServerFixture;
  let answers: Record<string, string | undefined>;
  let asked: string[];
  let uid: string;

  const nodeStreams: NodeStreams = {
    check: () => {},
    open: async (node, request, signal) => {
      asked.push(`${node} ${request.kind}`);
      if (!(node in answers)) throw new ApiError('ServiceUnavailable', `node "${node}" is not connected`);
      const stream = new PassThrough();
      signal?.addEventListener('abort', () => stream.destroy(new Error('aborted')), { once: true });
      const text = answers[node];
      // What is said to the stream comes from the node here: the end of the question is not that of the answer.
      const end = stream.end.bind(stream);
      stream.end = () => stream;
      if (text !== undefined) end(text);
      return stream;
    },
  };

  beforeEach(async () => {
    asked = [];
    server = await startApiServer({ nodeStreams });
    await server.must('POST', '/api/v1/namespaces', { body: namespace('default') });
    for (const name of ['pi-1', 'pi-2', 'pi-3', 'pi-4'])
      await server.must('POST', '/api/v1/nodes', {
        body: { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { name } } },
      });
    uid = await pod('web', 'pi-1');
    await pod('elsewhere', 'pi-2');
    answers = { 'pi-1': JSON.stringify(summary(uid)), 'pi-2': undefined, 'pi-3': 'nonsense' };
  });

  afterEach(() => server.stop());

  async function pod(name: string, nodeName: string): Promise<string> {
    const path = '/api/v1/namespaces/default/pods';
    const { metadata } = await server.must('POST', path, {
      body: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels: { app: name } },
        spec: { nodeName, containers: [{ name: 'c', image: 'i' }] },
      },
    });
    await server.must('PATCH', `${path}/${name}/status`, {
      contentType: 'application/merge-patch+json',
      body: { status: { phase: 'Running' } },
    });
    return metadata.uid;
  }

  /** Asks, and lets so much time pass as the silent ones are given. */
  async function ask(path: string) {
    const answer = server.ask('GET', `/apis/metrics.k8s.io/v1beta1${path}`);
    await new Promise((resolve) => setImmediate(resolve));
    await server.clock.advance(2000);
    return answer;
  }

  it('says what nodes use, and leaves out who does not answer', async () => {
    const { body } = await ask('/nodes');
    expect(body.kind).to.equal('NodeMetricsList');
    expect(body.items).to.have.length(1);
    const [{ metadata, timestamp, ...metrics }] = body.items;
    expect(metadata).to.deep.include({ name: 'pi-1', labels: { name: 'pi-1' } });
    expect(timestamp).to.match(/^\d{4}-.*Z$/);
    expect(metrics).to.deep.equal({
      kind: 'NodeMetrics',
      apiVersion: 'metrics.k8s.io/v1beta1',
      window: '1.25s',
      usage: { cpu: '250000000n', memory: '1024Ki' },
    });
  });

  it('says what the containers of pods use, as far as it can be believed', async () => {
    const { body } = await ask('/namespaces/default/pods?labelSelector=app%3Dweb');
    expect(body.items.map(({ containers }: { containers: unknown }) => containers)).to.deep.equal([
      [{ name: 'c', usage: { cpu: '5000000n', memory: '200Ki' } }],
    ]);
    expect((await ask('/pods')).body.items).to.have.length(1);
    const one = await ask('/namespaces/default/pods/web');
    expect(one.body).to.deep.include({ kind: 'PodMetrics' });
    expect(one.body.metadata.labels).to.deep.equal({ app: 'web' });
  });

  it('asks a node once in ten seconds, and only when somebody wants to know', async () => {
    await ask('/nodes');
    expect(asked.sort()).to.deep.equal(['pi-1 stats', 'pi-2 stats', 'pi-3 stats', 'pi-4 stats']);
    await ask('/pods');
    await ask('/nodes/pi-1');
    expect(asked).to.have.length(4);
    await server.clock.advance(10_001);
    await ask('/nodes/pi-1');
    expect(asked).to.have.length(5);
  });

  for (const [path, message] of [
    ['/nodes/absent', 'nodes "absent" not found'],
    ['/nodes/pi-4', 'nodemetrics.metrics.k8s.io "pi-4" not found'],
    ['/namespaces/default/pods/absent', 'pods "default/absent" not found'],
    ['/namespaces/default/pods/elsewhere', 'podmetrics.metrics.k8s.io "default/elsewhere" not found'],
  ] as const)
    it(`has nothing at ${path}`, async () => {
      const { code, body } = await ask(path);
      expect([code, body.message]).to.deep.equal([404, message]);
    });

  it('is shown as a table', async () => {
    await ask('/nodes');
    const { body } = await server.ask('GET', '/apis/metrics.k8s.io/v1beta1/namespaces/default/pods', {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    expect(body.columnDefinitions.map(({ name }: { name: string }) => name)).to.deep.equal([
      'Name',
      'cpu',
      'memory',
      'Window',
    ]);
    expect(body.rows[0].cells).to.deep.equal(['web', '5m', '200Ki', '1.25s']);
  });

  it('cannot be written or watched', async () => {
    expect((await server.ask('GET', '/apis/metrics.k8s.io/v1beta1/nodes?watch=1')).code).to.equal(405);
    expect((await server.ask('POST', '/apis/metrics.k8s.io/v1beta1/nodes', { body: {} })).code).to.equal(405);
  });
});
