import { expect } from 'chai';
import { type ApiServerFixture, configMap, startApiServer } from '../../support/apiserver.ts';

const path = '/api/v1/namespaces/default/configmaps';
const deploymentsPath = '/apis/apps/v1/namespaces/default/deployments';
const merge = 'application/merge-patch+json';
const json = 'application/json-patch+json';

const deployment = (name: string, replicas = 1) => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});

describe('a write', () => {
  let server: ApiServerFixture;
  beforeEach(async () => {
    server = await startApiServer();
  });
  afterEach(() => server.stop());

  it('gives a name with the prefix that was asked for', async () => {
    const body = { metadata: { generateName: 'web-' } };
    const [one, other] = [
      await server.must('POST', path, { body }),
      await server.must('POST', path, { body }),
    ];
    expect(one.metadata.name).to.match(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(other.metadata.name).to.not.equal(one.metadata.name);
  });

  it('decides itself what only the server may decide', async () => {
    const metadata = { name: 'a', uid: 'mine', generation: 7, creationTimestamp: '2001-01-01T00:00:00Z' };
    const body = {
      metadata: { ...metadata, deletionTimestamp: '2001-01-01T00:00:00Z', managedFields: [{}] },
    };
    const created = await server.must('POST', path, { body });
    expect(created.metadata).to.have.all.keys(
      'name',
      'namespace',
      'uid',
      'creationTimestamp',
      'resourceVersion',
    );
    expect(created.metadata.uid).to.not.equal('mine');
    expect(created.metadata.creationTimestamp).to.equal('2026-01-01T00:00:00Z');
  });

  it('of what is there already changes nothing and keeps the revision', async () => {
    const created = await server.must('POST', path, { body: configMap('a', { data: { k: 'v' } }) });
    const again = await server.must('PUT', `${path}/a`, { body: configMap('a', { data: { k: 'v' } }) });
    expect(again).to.deep.equal(created);
    const patched = await server.must('PATCH', `${path}/a`, {
      contentType: merge,
      body: { data: { k: 'v' } },
    });
    expect(patched).to.deep.equal(created);
  });

  it('with an old revision is refused, without one it wins', async () => {
    const created = await server.must('POST', path, { body: configMap('a', { data: { k: '1' } }) });
    await server.must('PUT', `${path}/a`, { body: { ...created, data: { k: '2' } } });
    const late = await server.ask('PUT', `${path}/a`, { body: { ...created, data: { k: '3' } } });
    expect(late.code).to.equal(409);
    expect(late.body.message).to.equal(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
    const forced = await server.must('PUT', `${path}/a`, { body: configMap('a', { data: { k: '3' } }) });
    expect(forced.data).to.deep.equal({ k: '3' });
  });

  it('as a patch is tried again when another came between', async () => {
    await server.must('POST', path, { body: configMap('a', { data: {} }) });
    const keys = ['a', 'b', 'c', 'd'];
    await Promise.all(
      keys.map((key) =>
        server.must('PATCH', `${path}/a`, { contentType: merge, body: { data: { [key]: key } } }),
      ),
    );
    const after = await server.must('GET', `${path}/a`);
    expect(after.data).to.have.all.keys(...keys);
  });

  it('as a patch may test what it changes', async () => {
    await server.must('POST', path, { body: configMap('a', { data: { k: '1' } }) });
    const body = [
      { op: 'test', path: '/data/k', value: '1' },
      { op: 'replace', path: '/data/k', value: '2' },
    ];
    const patched = await server.must('PATCH', `${path}/a`, { contentType: json, body });
    expect(patched.data.k).to.equal('2');
    expect((await server.ask('PATCH', `${path}/a`, { contentType: json, body })).code).to.equal(422);
  });

  it('as a patch of a type that there is not is refused by name', async () => {
    const answer = await server.ask('PATCH', `${path}/a`, {
      contentType: 'text/plain',
      body: configMap('a'),
    });
    expect(answer.code).to.equal(415);
    expect(answer.body.message).to.equal('415: Unsupported Media Type');
  });

  it('counts generations of the spec, not of the status or the labels', async () => {
    const created = await server.must('POST', deploymentsPath, { body: deployment('web') });
    expect(created.metadata.generation).to.equal(1);
    const labelled = await server.must('PATCH', `${deploymentsPath}/web`, {
      contentType: merge,
      body: { metadata: { labels: { a: 'b' } } },
    });
    expect(labelled.metadata.generation).to.equal(1);
    const reported = await server.must('PATCH', `${deploymentsPath}/web/status`, {
      contentType: merge,
      body: { status: { replicas: 3 }, spec: { replicas: 9 } },
    });
    expect(reported).to.nested.include({
      'metadata.generation': 1,
      'status.replicas': 3,
      'spec.replicas': 1,
    });
    const scaled = await server.must('PATCH', `${deploymentsPath}/web`, {
      contentType: merge,
      body: { spec: { replicas: 2 }, status: { replicas: 9 } },
    });
    expect(scaled).to.nested.include({ 'metadata.generation': 2, 'status.replicas': 3, 'spec.replicas': 2 });
  });

  it('of a volume says when its phase became what it is', async () => {
    const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/v' } };
    const at = '/api/v1/persistentvolumes';
    const made = await server.must('POST', at, { body: { metadata: { name: 'v' }, spec } });
    const { creationTimestamp } = made.metadata;
    expect(made.status).to.deep.equal({ phase: 'Pending', lastPhaseTransitionTime: creationTimestamp });
    await server.clock.advance(60_000);
    const written = async (status: object) =>
      (await server.must('PUT', `${at}/v/status`, { body: { ...made, metadata: { name: 'v' }, status } }))
        .status;
    expect(await written({ phase: 'Pending', message: 'm' })).to.deep.equal({
      phase: 'Pending',
      message: 'm',
      lastPhaseTransitionTime: creationTimestamp,
    });
    const lastPhaseTransitionTime = '2026-01-01T00:01:00Z';
    const available = { phase: 'Available', lastPhaseTransitionTime };
    expect(await written({ phase: 'Available', lastPhaseTransitionTime: creationTimestamp })).to.deep.equal(
      available,
    );
    await server.clock.advance(60_000);
    expect(await written({ phase: 'Available' })).to.deep.equal(available);
    const own = { phase: 'Bound', lastPhaseTransitionTime: '2020-01-01T00:00:00Z' };
    expect(await written(own)).to.deep.equal(own);
  });

  it('as a dry run shows what would be, and leaves everything as it is', async () => {
    const shown = await server.must('POST', `${path}?dryRun=All`, {
      body: configMap('a', { data: { k: 'v' } }),
    });
    expect(shown.metadata.uid).to.be.a('string');
    expect((await server.ask('GET', `${path}/a`)).code).to.equal(404);
    await server.must('POST', path, { body: configMap('a') });
    expect((await server.ask('POST', `${path}?dryRun=All`, { body: configMap('a') })).code).to.equal(409);
    await server.must('PUT', `${path}/a?dryRun=All`, { body: configMap('a', { data: { k: 'v' } }) });
    await server.must('DELETE', `${path}/a?dryRun=All`);
    expect(await server.must('GET', `${path}/a`)).to.not.have.property('data');
  });

  it('warns of unknown fields, or refuses or drops them, as it is told', async () => {
    const body = { ...configMap('a'), dataa: {} };
    const warned = await server.ask('POST', `${path}?dryRun=All`, { body });
    expect(warned.warnings).to.deep.equal(['unknown field "dataa"']);
    const ignored = await server.ask('POST', `${path}?dryRun=All&fieldValidation=Ignore`, { body });
    expect(ignored.warnings).to.deep.equal([]);
    const strict = await server.ask('POST', `${path}?fieldValidation=Strict`, { body });
    expect(strict.code).to.equal(400);
    expect(strict.body.message).to.contain('strict decoding error: unknown field "dataa"');
  });

  it('of a lease that is not there creates it', async () => {
    const lease = '/apis/coordination.k8s.io/v1/namespaces/default/leases/l';
    const answer = await server.ask('PUT', lease, {
      body: { metadata: { name: 'l' }, spec: { holderIdentity: 'me' } },
    });
    expect(answer.code).to.equal(201);
    expect((await server.must('GET', lease)).spec.holderIdentity).to.equal('me');
  });

  it('says what stands twice in it, and what there is not', async () => {
    const text =
      '{"metadata":{"name":"twice","nothing":1},"immutable":false,"data":{"a":"1","a":"2"},"immutable":false}';
    const faults = [
      'unknown field "metadata.nothing"',
      'duplicate field "data.a"',
      'duplicate field "immutable"',
    ];
    const sent = { body: JSON.parse(text), text };
    const path = '/api/v1/namespaces/default/configmaps';
    const strict = await server.ask('POST', `${path}?fieldValidation=Strict`, sent);
    expect(strict.code).to.equal(400);
    expect(strict.body.message).to.equal(
      `ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ${faults.join(', ')}`,
    );
    expect((await server.ask('POST', `${path}?dryRun=All`, sent)).warnings).to.deep.equal(faults);
    expect((await server.ask('POST', `${path}?fieldValidation=Ignore`, sent)).warnings).to.deep.equal([]);
    const patch = '{"data":{"b":"1","b":"2"}}';
    const patched = await server.ask('PATCH', `${path}/twice`, {
      ...{ body: JSON.parse(patch), text: patch },
      contentType: 'application/merge-patch+json',
    });
    expect(patched.warnings).to.deep.equal(['duplicate field "data.b"']);
  });

  it('says of a patch what stands twice in it, and what there is not in what it makes', async () => {
    await server.must('POST', deploymentsPath, { body: deployment('web') });
    const fields = '{"spec":{"zeta":1,"alpha":1,"alpha":2,"paused":true,"paused":false}}';
    const unknown = ['unknown field "spec.alpha"', 'unknown field "spec.zeta"'];
    const twice = ['duplicate field "spec.alpha"', 'duplicate field "spec.paused"'];
    const operations =
      '[{"op":"add","path":"/spec/zeta","value":1,"foo":1},{"op":"add","path":"/x","path":"/spec/alpha","value":1}]';
    const cases: [contentType: string, text: string, faults: string[]][] = [
      [merge, fields, [...twice, ...unknown]],
      ['application/strategic-merge-patch+json', fields, [...twice, ...unknown]],
      [
        json,
        operations,
        ['json patch unknown field "[0].foo"', 'json patch duplicate field "[1].path"', ...unknown],
      ],
    ];
    for (const [contentType, text, faults] of cases) {
      const sent = { body: JSON.parse(text), text, contentType };
      const warned = await server.ask('PATCH', `${deploymentsPath}/web?dryRun=All`, sent);
      expect(warned.warnings, contentType).to.deep.equal(faults);
      const strict = await server.ask('PATCH', `${deploymentsPath}/web?fieldValidation=Strict`, sent);
      expect(strict.code).to.equal(422);
      expect(strict.body.message.endsWith(`": strict decoding error: ${faults.join(', ')}`)).to.equal(true);
      expect(strict.body.message).to.not.contain('cannot be handled');
    }
  });
});
