// Server-side apply and managed fields from a client's side: who appears as manager, and what an apply does.

import { expect } from 'chai';
import {
  type ApiServerFixture,
  admin,
  configMap,
  namespace,
  startApiServer,
} from '../../support/apiserver.ts';

const inDefault = '/api/v1/namespaces/default';
const maps = `${inDefault}/configmaps`;
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const applyType = 'application/apply-patch+yaml';
const merge = 'application/merge-patch+json';
const jsonPatch = 'application/json-patch+json';
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

interface Entry {
  manager: string;
  operation: string;
  subresource?: string;
  time?: string;
  fieldsV1: Record<string, unknown>;
}

const container = { name: 'c', image: 'nginx' };

function deployment(spec: object = {}) {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: { app: 'web' } }, template, ...spec },
  };
}

describe('server-side apply', () => {
  let server: ApiServerFixture;
  beforeEach(async () => {
    server = await startApiServer();
    await server.must('POST', '/api/v1/namespaces', { body: namespace('default') });
  });
  afterEach(() => server.stop());

  it('is refused for an object whose fields are too many to say whose they are, which is kept all the same', async () => {
    const keys = Array.from({ length: 9_999 }, (_, at) => [`${at}`.padStart(80, 'x'), '']);
    const wide = { ...configMap('wide'), data: Object.fromEntries(keys) };
    const made = await server.must('POST', maps, { body: wide });
    expect(made.metadata).to.not.have.property('managedFields');
    const changed = { metadata: { labels: { a: 'b' } } };
    const asked = { contentType: merge, body: changed };
    expect((await server.must('PATCH', `${maps}/wide`, asked)).metadata.labels).to.deep.equal({ a: 'b' });
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'wide' }, data: { mine: '1' } };
    const applied = await server.ask('PATCH', `${maps}/wide?fieldManager=me`, {
      contentType: applyType,
      body,
    });
    expect([applied.code, applied.body.reason]).to.deep.equal([413, 'RequestEntityTooLarge']);
  });

  it('says what stands twice in a configuration, also where that is JSON', async () => {
    const text =
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},\n"data":{"a.b":"1","a.b":"2"}}';
    const asked = { contentType: applyType, body: JSON.parse(text), text };
    const warned = await server.ask('PATCH', `${maps}/twice?fieldManager=me`, asked);
    expect(warned.warnings).to.deep.equal(['line 2: key "a.b" already set in map']);
    const strict = `${maps}/twice?fieldManager=me&fieldValidation=Strict`;
    const { code, body } = await server.ask('PATCH', strict, asked);
    expect(code).to.equal(400);
    expect(body.message).to.equal(
      'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 2: key "a.b" already set in map',
    );
    const ignored = `${maps}/twice?fieldManager=me&fieldValidation=Ignore`;
    expect((await server.ask('PATCH', ignored, asked)).warnings).to.deep.equal([]);
  });

  const apply = (path: string, body: object, query = 'fieldManager=me') =>
    server.ask('PATCH', `${path}?${query}`, { contentType: applyType, body });
  const entriesOf = async (path: string): Promise<Entry[]> =>
    (await server.must('GET', path)).metadata.managedFields ?? [];
  const managersOf = async (path: string) =>
    (await entriesOf(path)).map(({ manager, operation, subresource }) =>
      [manager, operation, subresource].filter(Boolean).join(' '),
    );

  it('keeps no entry of who owns nothing', async () => {
    for (const code of [201, 200]) {
      const answer = await apply(`${maps}/a`, configMap('a'));
      expect(answer.code).to.equal(code);
      expect(answer.body.metadata).to.not.have.property('managedFields');
    }
  });

  it('leaves the uid in the claim of a volume to the controller', async () => {
    const volume = '/api/v1/persistentvolumes/v';
    const claimRef = { namespace: 'default', name: 'c' };
    const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/v' } };
    const body = {
      ...{ apiVersion: 'v1', kind: 'PersistentVolume' },
      ...{ metadata: { name: 'v' }, spec: { ...spec, claimRef } },
    };
    expect((await apply(volume, body)).code).to.equal(201);
    const bound = { spec: { claimRef: { uid: 'of-c' } } };
    await server.must('PATCH', `${volume}?fieldManager=binder`, { contentType: merge, body: bound });
    const again = await apply(volume, body);
    expect(again.body.spec?.claimRef, again.body.message).to.include({ ...claimRef, uid: 'of-c' });
  });

  it('creates what is not there, and changes what is', async () => {
    const created = await apply(`${maps}/a`, configMap('a', { data: { k: '1' } }));
    expect(created.code).to.equal(201);
    const changed = await apply(`${maps}/a`, configMap('a', { data: { k: '2' } }));
    expect(changed.code).to.equal(200);
    expect(changed.body.data).to.deep.equal({ k: '2' });
    expect(changed.body.metadata.uid).to.equal(created.body.metadata.uid);
  });

  it('lets one manage a field that the object lacks, as it is zero', async () => {
    const stopped = deployment({ paused: false, replicas: 0 });
    const first = await apply(`${deployments}/web`, stopped);
    expect(first.body.spec).to.include({ replicas: 0 });
    expect(first.body.spec).not.to.have.property('paused');
    const [mine] = await entriesOf(`${deployments}/web`);
    expect(mine?.fieldsV1['f:spec']).to.include.all.keys('f:paused', 'f:replicas');
    const again = await apply(`${deployments}/web`, stopped);
    expect(again.body.metadata.resourceVersion).to.equal(first.body.metadata.resourceVersion);
    const { body } = await apply(`${deployments}/web`, deployment({ paused: true }), 'fieldManager=other');
    expect(body.message).to.contain('conflict with "me": .spec.paused');
  });

  it('of the same is no write: neither revision nor time change', async () => {
    const first = await apply(`${deployments}/web`, deployment());
    await server.clock.advance(5000);
    const again = await apply(`${deployments}/web`, deployment());
    expect(again.body.metadata).to.deep.equal(first.body.metadata);
  });

  it('as a dry run answers what would be, and writes nothing', async () => {
    const answer = await apply(`${maps}/a`, configMap('a'), 'fieldManager=me&dryRun=All');
    expect(answer.code).to.equal(201);
    expect((await server.ask('GET', `${maps}/a`)).code).to.equal(404);
  });

  it('creates only for whom creating is allowed', async () => {
    await server.stop();
    server = await startApiServer({ authorize: async ({ verb }) => ({ allowed: verb !== 'create' }) });
    const answer = await apply(`${maps}/a`, configMap('a'));
    expect(answer.code).to.equal(403);
    expect(answer.body.message).to.include('cannot create resource "configmaps"');
  });

  it('with a uid means an object that is there', async () => {
    const body = configMap('a', { metadata: { name: 'a', uid: 'u' } });
    const answer = await apply(`${maps}/a`, body);
    expect(answer.code).to.equal(409);
    expect(answer.body.message).to.include('uid mismatch: the provided object specified uid u');
  });

  it('of two at once makes one object', async () => {
    const answers = await Promise.all(
      ['one', 'two', 'three'].map((name) =>
        apply(`${maps}/a`, configMap('a', { data: { [name]: '1' } }), `fieldManager=${name}`),
      ),
    );
    expect(answers.map(({ code }) => code).sort()).to.deep.equal([200, 200, 201]);
    expect((await server.must('GET', `${maps}/a`)).data).to.have.all.keys('one', 'two', 'three');
  });

  it('through status owns only status', async () => {
    await server.must('POST', deployments, { body: deployment() });
    const { body } = await apply(`${deployments}/web/status`, {
      ...deployment({ replicas: 7 }),
      status: { replicas: 3, conditions: [{ type: 'Available', status: 'True' }] },
    });
    expect(body.spec.replicas).to.equal(1);
    expect(body.status.replicas).to.equal(3);
    const entry = (await entriesOf(`${deployments}/web`)).find(({ subresource }) => subresource === 'status');
    expect(entry?.fieldsV1).to.deep.equal({
      'f:status': {
        'f:conditions': { 'k:{"type":"Available"}': { '.': {}, 'f:status': {}, 'f:type': {} } },
        'f:replicas': {},
      },
    });
  });

  it('of a scale owns the replicas, and conflicts over them', async () => {
    await apply(`${deployments}/web`, deployment({ replicas: 1 }));
    const scale = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web' },
      spec: { replicas: 4 },
    };
    const refused = await apply(`${deployments}/web/scale`, scale, 'fieldManager=scaler');
    expect(refused.body.message).to.equal('Apply failed with 1 conflict: conflict with "me": .spec.replicas');
    const forced = await apply(`${deployments}/web/scale`, scale, 'fieldManager=scaler&force=true');
    expect(forced.body).to.deep.include({ kind: 'Scale', spec: { replicas: 4 } });
    expect(await managersOf(`${deployments}/web`)).to.have.members(['me Apply', 'scaler Apply scale']);
    const again = await apply(`${deployments}/web`, deployment({ replicas: 1 }));
    expect(again.body.details.causes).to.deep.equal([
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "scaler" with subresource "scale"',
        field: '.spec.replicas',
      },
    ]);
  });

  it('to an object whose managers were not kept gives the rest to before-first-apply', async () => {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' } };
    const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    await server.must('POST', leases, { body: { ...lease, spec: { leaseDurationSeconds: 40 } } });
    await server.must('PATCH', `${leases}/l`, {
      contentType: merge,
      body: { spec: { holderIdentity: 'x' } },
    });
    expect(await managersOf(`${leases}/l`)).to.deep.equal([]);
    await apply(`${leases}/l`, { ...lease, spec: { leaseTransitions: 1 } });
    expect(await managersOf(`${leases}/l`)).to.deep.equal(['me Apply', 'before-first-apply Update']);
  });

  describe('by kubectl, after client-side apply', () => {
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { k: '1', l: '1' } };
    beforeEach(async () => {
      const annotations = { [lastApplied]: `${JSON.stringify(config)}\n` };
      await server.must('POST', `${maps}?fieldManager=kubectl-client-side-apply`, {
        body: { ...config, metadata: { name: 'a', annotations } },
      });
    });

    it('takes over what was applied, without force, and keeps the annotation up to date', async () => {
      const { code, body } = await apply(
        `${maps}/a`,
        { ...config, data: { k: '2' } },
        'fieldManager=kubectl',
      );
      expect(code, body.message).to.equal(200);
      expect(JSON.parse(body.metadata.annotations[lastApplied]).data).to.deep.equal({ k: '2' });
      expect(body.metadata.annotations[lastApplied]).to.match(/^{"apiVersion":"v1","data":.*}\n$/);
    });

    it('does not take over what was changed since', async () => {
      await server.must('PATCH', `${maps}/a?fieldManager=edit`, {
        contentType: merge,
        body: { data: { k: '9' } },
      });
      const { body } = await apply(
        `${maps}/a`,
        { ...config, data: { k: '2', l: '1' } },
        'fieldManager=kubectl',
      );
      expect(body.message).to.equal('Apply failed with 1 conflict: conflict with "edit" using v1: .data.k');
    });

    it('conflicts under any other name', async () => {
      const { body } = await apply(`${maps}/a`, { ...config, data: { k: '2' } });
      expect(body.message).to.equal(
        'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.k',
      );
    });

    it('may be moved to Apply by a patch of the managed fields, as newer kubectls do', async () => {
      const before = await server.must('GET', `${maps}/a`);
      const [entry] = before.metadata.managedFields;
      const moved = { ...entry, manager: 'kubectl', operation: 'Apply' };
      await server.must('PATCH', `${maps}/a`, {
        contentType: jsonPatch,
        body: [
          { op: 'replace', path: '/metadata/managedFields', value: [moved] },
          { op: 'replace', path: '/metadata/resourceVersion', value: before.metadata.resourceVersion },
        ],
      });
      expect(await managersOf(`${maps}/a`)).to.deep.equal(['kubectl Apply']);
      await apply(`${maps}/a`, { ...config, data: {} }, 'fieldManager=kubectl');
      const after = await server.must('GET', `${maps}/a`);
      expect(after).not.to.have.property('data');
      expect(after.metadata).not.to.have.property('annotations');
    });
  });
});

describe('managed fields', () => {
  let server: ApiServerFixture;
  beforeEach(async () => {
    server = await startApiServer();
    await server.must('POST', '/api/v1/namespaces', { body: namespace('default') });
  });
  afterEach(() => server.stop());

  const managersOf = async (path: string) =>
    ((await server.must('GET', path)).metadata.managedFields ?? []).map(({ manager }: Entry) => manager);
  const as = async (userAgent: string, query = '') => {
    const body = configMap('a', { data: { k: '1' } });
    await server.api.handle({ method: 'POST', path: `${maps}${query}`, user: admin, userAgent, body });
    return managersOf(`${maps}/a`);
  };

  it('name the manager that a writer says', async () => {
    expect(await as('kubectl/v1.32', '?fieldManager=me')).to.deep.equal(['me']);
  });

  it('name the program by its User-Agent where it says none', async () => {
    expect(await as('kubectl-edit/v1.32.0 (linux/amd64)')).to.deep.equal(['kubectl-edit']);
  });

  it('cut a long User-Agent, and leave out what cannot be printed', async () => {
    expect(await as(`a\u0007b${'x'.repeat(200)}/1`)).to.deep.equal([`ab${'x'.repeat(126)}`]);
  });

  it('name nobody unknown', async () => {
    expect(await as('')).to.deep.equal(['unknown']);
  });

  it('tell an update through status from one of the object', async () => {
    await server.must('POST', `${deployments}?fieldManager=me`, { body: deployment() });
    await server.must('PATCH', `${deployments}/web/status?fieldManager=me`, {
      contentType: merge,
      body: { status: { replicas: 1 } },
    });
    const { managedFields } = (await server.must('GET', `${deployments}/web`)).metadata;
    expect(managedFields.map(({ subresource }: Entry) => subresource)).to.have.members([undefined, 'status']);
  });

  it('keep no time of a scale, as upstream', async () => {
    await server.must('POST', deployments, { body: deployment() });
    await server.must('PATCH', `${deployments}/web/scale?fieldManager=me`, {
      contentType: merge,
      body: { spec: { replicas: 5 } },
    });
    const { managedFields } = (await server.must('GET', `${deployments}/web`)).metadata;
    const scale = managedFields.find(({ subresource }: Entry) => subresource === 'scale');
    expect(scale).to.deep.include({ manager: 'me', fieldsV1: { 'f:spec': { 'f:replicas': {} } } });
    expect(scale).not.to.have.property('time');
  });

  it('stay as they are when a client sends an object without them', async () => {
    await server.must('POST', `${maps}?fieldManager=me`, { body: configMap('a', { data: { k: '1' } }) });
    await server.must('PUT', `${maps}/a?fieldManager=you`, {
      body: configMap('a', { data: { k: '1', l: '2' } }),
    });
    expect(await managersOf(`${maps}/a`)).to.have.members(['me', 'you']);
  });

  for (const [name, empty] of [
    ['an empty list', []],
    ['a list of one empty entry', [{}]],
  ] as const) {
    it(`are forgotten at ${name}, and not kept again before an apply`, async () => {
      const created = await server.must('POST', maps, { body: configMap('a', { data: { k: '1' } }) });
      const metadata = { ...created.metadata, managedFields: empty };
      const put = await server.must('PUT', `${maps}/a`, { body: { ...created, metadata } });
      expect(put.metadata).not.to.have.property('managedFields');
      await server.must('PATCH', `${maps}/a`, { contentType: merge, body: { data: { k: '2' } } });
      expect(await managersOf(`${maps}/a`)).to.deep.equal([]);
    });
  }

  it('that nobody can read are as good as none', async () => {
    const created = await server.must('POST', `${maps}?fieldManager=me`, {
      body: configMap('a', { data: { k: '1' } }),
    });
    const managedFields = [{ manager: 'x', operation: 'Take', apiVersion: 'v1' }];
    const body = { ...created, data: { k: '1' }, metadata: { ...created.metadata, managedFields } };
    await server.must('PUT', `${maps}/a?fieldManager=me`, { body });
    expect(await managersOf(`${maps}/a`)).to.deep.equal(['me']);
  });

  it('are no reason to write: the same update again keeps the revision', async () => {
    const body = configMap('a', { data: { k: '1' } });
    const created = await server.must('POST', `${maps}?fieldManager=me`, { body });
    await server.clock.advance(5000);
    const again = await server.must('PUT', `${maps}/a?fieldManager=you`, { body });
    expect(again.metadata).to.deep.equal(created.metadata);
  });
});
