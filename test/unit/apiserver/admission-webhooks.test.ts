// Admission webhooks: a real HTTPS server on loopback that sees, changes and refuses writes.

import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import { type ApiServerFixture, startApiServer } from '../../support/apiserver.ts';
import { makeCertificates } from '../../support/certificates.ts';

// biome-ignore lint/suspicious/noExplicitAny: reviews are JSON of any shape
type Anything = any;

const group = '/apis/admissionregistration.k8s.io/v1';
const maps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
const patchOf = (...operations: object[]) => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});

describe('admission webhooks', () => {
  let server: ApiServerFixture;
  let webhook: Server;
  let caBundle: string;
  let port: number;
  let asked: { url: string; request: Anything }[];
  let answers: Record<string, (request: Anything) => object | undefined | Promise<object | undefined>>;

  before(async () => {
    const { ca, server: pair } = await makeCertificates();
    caBundle = Buffer.from(ca.certificate).toString('base64');
    webhook = createServer({ key: pair.key, cert: pair.certificate }, async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const review: Anything = JSON.parse(Buffer.concat(parts).toString());
      const [path = ''] = (request.url ?? '').split('?');
      asked.push({ url: request.url ?? '', request: review.request });
      const said = await answers[path]?.(review.request);
      if (!said) return;
      const { kind, apiVersion } = review;
      response.end(JSON.stringify({ kind, apiVersion, response: { uid: review.request.uid, ...said } }));
    });
    webhook.listen(0, '127.0.0.1');
    await once(webhook, 'listening');
    port = Number((Object(webhook.address()) as AddressInfo).port);
  });

  beforeEach(async () => {
    asked = [];
    answers = {};
    server = await startApiServer({ admission: createAdmission });
    const body = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'default', labels: { team: 'a' } },
    };
    await server.must('POST', '/api/v1/namespaces', { body });
  });

  afterEach(() => server.stop());

  after(() => {
    webhook.close();
    webhook.closeAllConnections();
  });

  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] };

  async function configure(kind: 'Mutating' | 'Validating', name: string, ...webhooks: object[]) {
    const body = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: `${kind}WebhookConfiguration`,
      metadata: { name },
      webhooks: webhooks.map((each, index) => ({
        name: `w${index}.example.com`,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        rules: [rule],
        clientConfig: { url: `https://localhost:${port}/${name}`, caBundle },
        ...each,
      })),
    };
    await server.must('POST', `${group}/${kind.toLowerCase()}webhookconfigurations`, { body });
  }

  const create = (name: string, more: object = {}, query = '') =>
    server.ask('POST', `${maps}${query}`, {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...more }, data: { a: '1' } },
    });

  it('change an object one after another, and are asked again where they want it', async () => {
    answers = {
      '/b': () => patchOf({ op: 'add', path: '/data/b', value: '2' }),
      '/a': ({ object }) =>
        patchOf({ op: 'add', path: '/data/seen', value: Object.keys(object.data).join() }),
    };
    await configure('Mutating', 'b', {});
    await configure('Mutating', 'a', { reinvocationPolicy: 'IfNeeded' });
    const { code, body } = await create('one');
    expect(code).to.equal(201);
    expect(body.data).to.deep.equal({ a: '1', b: '2', seen: 'a,seen,b' });
    expect(asked.map(({ url }) => url)).to.deep.equal(['/a?timeout=10s', '/b?timeout=10s', '/a?timeout=10s']);
    expect(asked[0]?.request).to.deep.include({
      operation: 'CREATE',
      name: 'one',
      namespace: 'default',
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      dryRun: false,
      oldObject: null,
    });
  });

  it('refuse writes in their words, and warn', async () => {
    await create('kept');
    answers = {
      '/no': ({ operation }) =>
        operation === 'CREATE'
          ? { allowed: true, warnings: ['beware'] }
          : { allowed: false, status: { code: 403, reason: 'Forbidden', message: `no ${operation}` } },
    };
    await configure('Validating', 'no', {});
    expect((await create('one')).warnings).to.deep.equal(['beware']);
    const { code, body } = await server.ask('DELETE', `${maps}/kept`);
    expect(code).to.equal(403);
    expect(body).to.deep.include({
      reason: 'Forbidden',
      message: 'admission webhook "w0.example.com" denied the request: no DELETE',
    });
    expect(asked[1]?.request.oldObject.metadata.name).to.equal('kept');
    answers = { '/no': () => ({ allowed: false }) };
    const silent = await create('two');
    expect(silent.code).to.equal(400);
    expect(silent.body).to.not.have.property('reason');
    expect(silent.body.message).to.equal(
      'admission webhook "w0.example.com" denied the request without explanation',
    );
  });

  it('are asked for what their rules, selectors and conditions choose', async () => {
    answers = { '/v': () => ({ allowed: false }) };
    await configure(
      'Validating',
      'v',
      { rules: [{ ...rule, operations: ['DELETE'] }] },
      { rules: [{ ...rule, apiGroups: ['apps'] }] },
      { rules: [{ ...rule, scope: 'Cluster' }] },
      {
        rules: [{ ...rule, resources: ['configmaps', 'pods'] }],
        objectSelector: { matchLabels: { x: 'y' } },
      },
      { namespaceSelector: { matchLabels: { team: 'b' } } },
      { matchConditions: [{ name: 'named', expression: "object.metadata.name == 'chosen'" }] },
    );
    expect((await create('one')).code).to.equal(201);
    expect(asked).to.deep.equal([]);
    const chosen = await create('chosen');
    expect(chosen.body.message).to.contain('"w5.example.com" denied');
    const labelled = await create('two', { labels: { x: 'y' } });
    expect(labelled.body.message).to.contain('"w3.example.com" denied');
  });

  it('fail as their failurePolicy says', async () => {
    await configure('Validating', 'v', { failurePolicy: 'Ignore', timeoutSeconds: 1 });
    expect((await create('one')).code).to.equal(201);
    expect(asked).to.have.length(1);
    answers = { '/v': () => ({ allowed: true }) };
    const service = { name: 'nosvc', namespace: 'rec' };
    const refused = { url: 'https://127.0.0.1:1/x' };
    await configure('Validating', 'u', {
      name: 'deny.example.com',
      timeoutSeconds: 1,
      clientConfig: { service },
    });
    const { code, body } = await create('two');
    const why =
      'failed calling webhook "deny.example.com": failed to call webhook: Post "https://nosvc.rec.svc:443/?timeout=1s": service "nosvc" not found';
    expect(code).to.equal(500);
    expect(body).to.deep.include({
      message: `Internal error occurred: ${why}`,
      reason: 'InternalError',
      details: { causes: [{ message: why }] },
    });
    await server.must('DELETE', `${group}/validatingwebhookconfigurations/u`);
    await configure('Mutating', 't', { name: 'se.example.com', timeoutSeconds: 1, clientConfig: refused });
    expect((await create('three')).body.message).to.equal(
      'Internal error occurred: failed calling webhook "se.example.com": failed to call webhook: Post "https://127.0.0.1:1/x?timeout=1s": dial tcp 127.0.0.1:1: connect: connection refused',
    );
  });

  it('give up after their timeout', async () => {
    await configure('Validating', 'v', { timeoutSeconds: 1 });
    expect((await create('one')).body.message).to.equal(
      `Internal error occurred: failed calling webhook "w0.example.com": failed to call webhook: Post "https://localhost:${port}/v?timeout=1s": context deadline exceeded`,
    );
  });

  it('have no more time than the request has, and end it where that is over', async () => {
    const taking = (seconds: number) => async () => {
      await server.clock.advance(seconds * 1000);
      return { allowed: true };
    };
    answers = { '/a': taking(1), '/b': taking(0), '/c': taking(2) };
    await configure('Mutating', 'a', { timeoutSeconds: 20 });
    await configure('Mutating', 'b', { timeoutSeconds: 5 });
    await configure('Validating', 'c', { timeoutSeconds: 20 });
    expect((await create('one', {}, '?timeout=10s')).code).to.equal(201);
    expect(asked.map(({ url }) => url)).to.deep.equal(['/a?timeout=10s', '/b?timeout=5s', '/c?timeout=9s']);
    const never = async () => {
      await server.clock.advance(4000);
      return undefined;
    };
    await configure('Mutating', '0', { timeoutSeconds: 1, failurePolicy: 'Ignore' });
    answers['/0'] = never;
    const { code, body } = await create('two', {}, '?timeout=3s');
    expect([code, body.reason]).to.deep.equal([504, 'Timeout']);
    expect(asked.slice(3).map(({ url }) => url)).to.deep.equal(['/0?timeout=1s']);
    expect((await server.ask('GET', `${maps}/two`)).code).to.equal(404);
  });

  it('are told of a dry run, and never asked about themselves', async () => {
    answers = { '/v': () => ({ allowed: true }) };
    const all = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] };
    await configure('Validating', 'v', { rules: [all] });
    await create('one', {}, '?dryRun=All');
    expect(asked[0]?.request.dryRun).to.equal(true);
    await server.must('DELETE', `${group}/validatingwebhookconfigurations/v`);
    await create('two');
    expect(asked).to.have.length(1);
  });

  it('see a write in the version that their rules name', async () => {
    answers = {
      '/m': ({ object }) =>
        object
          ? patchOf({ op: 'replace', path: '/spec/maxReplicas', value: object.spec.maxReplicas + 1 })
          : { allowed: true },
    };
    const v2 = { apiGroups: ['autoscaling'], apiVersions: ['v2'], operations: ['*'], resources: ['*/*'] };
    await configure('Mutating', 'm', { rules: [v2] }, { rules: [v2], matchPolicy: 'Exact' });
    const hpas = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
    const made = await server.must('POST', hpas, {
      body: {
        apiVersion: 'autoscaling/v1',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'one', annotations: { a: 'b' } },
        spec: {
          maxReplicas: 3,
          targetCPUUtilizationPercentage: 50,
          scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' },
        },
      },
    });
    expect(asked).to.have.length(1);
    expect(asked[0]?.request).to.deep.include({
      kind: { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
      resource: { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' },
      requestKind: { group: 'autoscaling', version: 'v1', kind: 'HorizontalPodAutoscaler' },
      requestResource: { group: 'autoscaling', version: 'v1', resource: 'horizontalpodautoscalers' },
    });
    expect(asked[0]?.request.object.spec.metrics[0].resource.target.averageUtilization).to.equal(50);
    expect(made.apiVersion).to.equal('autoscaling/v1');
    expect(made.spec).to.deep.include({ maxReplicas: 4, targetCPUUtilizationPercentage: 50 });
    expect(made.metadata.annotations).to.deep.equal({ a: 'b' });
    await server.must('DELETE', `${hpas}/one`);
    expect(asked[1]?.request.oldObject.apiVersion).to.equal('autoscaling/v2');
  });

  it('see events of either group', async () => {
    answers = { '/v': ({ object }) => ({ allowed: object.note !== 'no' }) };
    const rules = [
      { apiGroups: ['events.k8s.io'], apiVersions: ['v1'], operations: ['*'], resources: ['events'] },
    ];
    await configure('Validating', 'v', { rules });
    const { code } = await server.ask('POST', '/api/v1/namespaces/default/events', {
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: 'one' },
        involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
        message: 'no',
      },
    });
    expect(code).to.equal(400);
    expect(asked[0]?.request.requestKind).to.deep.equal({ group: '', version: 'v1', kind: 'Event' });
  });

  it('see what is asked of a pod as what it is, and nothing of what that does to the pod', async () => {
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    await server.must('POST', pods, { body: pod });
    answers = {
      '/asked': ({ object }) => ({ allowed: object.target?.name !== 'bad', warnings: [object.kind] }),
    };
    await configure('Validating', 'asked', {
      rules: [{ ...rule, operations: ['*'], resources: ['pods', 'pods/binding', 'pods/eviction'] }],
    });
    const bind = (name: string) =>
      server.ask('POST', `${pods}/p/binding`, { body: { metadata: { name: 'p' }, target: { name } } });
    expect((await bind('bad')).code).to.equal(400);
    expect(await bind('n'))
      .to.include({ code: 201 })
      .and.property('warnings')
      .deep.equal(['Binding']);
    const evicted = await server.ask('POST', `${pods}/p/eviction`, { body: { metadata: { name: 'p' } } });
    expect(evicted).to.include({ code: 201 }).and.property('warnings').deep.equal(['Eviction']);
    const seen = asked.map(({ request }) => request);
    expect(
      seen.map(({ operation, kind }) => `${operation} ${kind.group}/${kind.version} ${kind.kind}`),
    ).to.deep.equal([...['CREATE /v1 Binding', 'CREATE /v1 Binding', 'CREATE policy/v1 Eviction']]);
    expect(seen[2]).to.deep.include({
      ...{ name: 'p', namespace: 'default', subResource: 'eviction', oldObject: null },
      resource: { group: '', version: 'v1', resource: 'pods' },
    });
  });

  it('let the other plugins see what they changed', async () => {
    answers = {
      '/m': () =>
        patchOf({ op: 'add', path: '/spec/containers/-', value: { name: 'side', image: 'busybox' } }),
    };
    const rules = [{ ...rule, resources: ['pods'] }];
    await configure('Mutating', 'm', { rules });
    const limit = { type: 'Container', defaultRequest: { cpu: '10m' } };
    await server.must('POST', '/api/v1/namespaces/default/limitranges', {
      body: { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'l' }, spec: { limits: [limit] } },
    });
    const pod = await server.must('POST', '/api/v1/namespaces/default/pods', {
      body: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'one' },
        spec: { containers: [{ name: 'main', image: 'busybox' }] },
      },
    });
    expect(asked).to.have.length(1);
    const [, side] = pod.spec.containers;
    expect(side).to.deep.include({ name: 'side', resources: { requests: { cpu: '10m' } } });
  });

  it('are refused patches that make no object of the Kind', async () => {
    answers = { '/m': () => patchOf({ op: 'add', path: '/data', value: 5 }) };
    await configure('Mutating', 'm', { failurePolicy: 'Ignore' });
    const { code, body } = await create('one');
    expect(code).to.equal(500);
    expect(body.message).to.match(/^Internal error occurred: .*data/);
    answers = { '/m': () => patchOf({ op: 'remove', path: '/nothing' }) };
    expect((await create('one')).body.message).to.contain('nonexistent key: nothing');
  });
});
