// The life of custom objects, from their definition on.

import { expect } from 'chai';
import type { CustomResourcesFixture } from '../../support/custom-resources.ts';
import { readJson } from '../../support/fixture.ts';

const definitions = readJson('custom-resources/definitions.json');
const recorded = readJson('custom-resources/patches.json');
const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const gadgets = '/apis/example.com/v1/namespaces/default/gadgets';

const gadget = (name: string, spec: object = {}) => ({
  apiVersion: 'example.com/v1',
  kind: 'Gadget',
  metadata: { name },
  spec: { size: 2, ...spec },
});

/** What the recordings leave out, and what differs from server to server. */
// biome-ignore lint/suspicious/noExplicitAny: objects are JSON of any shape
function bare({ metadata, ...object }: any) {
  const { generation, name, namespace } = metadata;
  return { ...object, metadata: { generation, name, namespace } };
}

/** The same with who manages what, but when. */
// biome-ignore lint/suspicious/noExplicitAny: objects are JSON of any shape
function applied(object: any) {
  const entries = object.metadata.managedFields.map(
    ({ time: _, ...entry }: Record<string, unknown>) => entry,
  );
  return { ...bare(object), managedFields: entries };
}

describe('custom objects', () => {
  let server: CustomResourcesFixture;

  before(async () => {
    const { startCustomResources } = await import('../../support/custom-resources.ts');
    server = await startCustomResources();
    await server.define(definitions.widgets.sent);
    await server.define(definitions.gadgets.sent);
  });

  after(() => server.stop());

  it('have a definition that is answered as upstream answers it', async () => {
    const sent = structuredClone(definitions.gadgets.sent);
    sent.metadata.name = 'gizmos.example.org';
    sent.spec.group = 'example.org';
    sent.spec.names = { plural: 'gizmos', kind: 'Gizmo' };
    const answer = await server.must('POST', `${definitionsPath}?dryRun=All`, { body: sent });
    const expected = definitions.gadgets.answered;
    expect(answer.spec.versions).to.deep.equal(expected.spec.versions);
    expect(answer.spec.names).to.deep.equal({
      plural: 'gizmos',
      singular: 'gizmo',
      kind: 'Gizmo',
      listKind: 'GizmoList',
    });
    expect(answer.status).to.deep.equal(expected.status);
    expect(answer.metadata.generation).to.equal(1);
  });

  it('are filled with defaults, and lose what their schema does not name', async () => {
    const { body, warnings } = await server.ask('POST', gadgets, {
      body: gadget('defaults', { unknown: 1, any: { deep: { kept: true } }, list: [{ k: 'a', x: 1 }] }),
    });
    expect(body.spec).to.deep.equal({
      size: 2,
      mode: 'a',
      opt: { x: 1 },
      any: { deep: { kept: true } },
      list: [{ k: 'a' }],
    });
    expect(warnings).to.deep.equal(['unknown field "spec.list[0].x"', 'unknown field "spec.unknown"']);
    const strict = await server.ask('POST', `${gadgets}?fieldValidation=Strict`, {
      body: gadget('strict', { unknown: 1 }),
    });
    expect(strict.code).to.equal(400);
    expect(strict.body.message).to.equal(
      'Gadget in version "v1" cannot be handled as a Gadget: strict decoding error: unknown field "spec.unknown"',
    );
  });

  it('have metadata that are read as those of all objects', async () => {
    const body = { ...gadget('meta'), metadata: { name: 'meta', labels: { a: 1 } } };
    const { code, body: answer } = await server.ask('POST', gadgets, { body });
    expect(code).to.equal(400);
    expect(answer.message).to.match(
      /^Gadget in version "v1" cannot be handled as a Gadget: json: cannot unmarshal number/,
    );
  });

  for (const { note, type, path, before, patch, code, after } of recorded.cases.filter(
    (each: { type: string }) => !each.type.startsWith('apply'),
  )) {
    it(`are patched: ${note}`, async () => {
      const start = before === 'fixture Gadget/p-g' ? recorded.fixture : before;
      await server.ask('DELETE', `${gadgets}/p-g`);
      const created = await server.must('POST', gadgets, { body: { ...start, metadata: { name: 'p-g' } } });
      const answer = await server.ask('PATCH', path, { body: patch, contentType: `application/${type}` });
      expect(answer.code).to.equal(code);
      if (after === 'unchanged')
        expect(answer.body.metadata.resourceVersion).to.equal(created.metadata.resourceVersion);
      else expect(bare(answer.body)).to.deep.equal(after);
    });
  }

  for (const { note, patch, path, code, after } of recorded.cases.filter(
    (each: { type: string }) => each.type === 'apply-patch+yaml',
  )) {
    it(`are applied: ${note}`, async () => {
      const answer = await server.ask('PATCH', path, {
        body: patch,
        contentType: 'application/apply-patch+yaml',
      });
      expect(answer.code).to.equal(code);
      if (code >= 300) return expect(answer.body.message).to.equal(after.message);
      expect(applied(answer.body)).to.deep.equal(applied(after));
    });
  }

  it('have a status of their own, and a scale', async () => {
    await server.must('POST', gadgets, {
      body: { ...gadget('scaled', { replicas: 1 }), status: { ready: true } },
    });
    const path = `${gadgets}/scaled`;
    const created = await server.must('GET', path);
    expect(created).to.not.have.property('status');
    const status = { replicas: 1, selector: 'a=b', unknown: 1 };
    const changed = await server.must('PUT', `${path}/status`, {
      body: {
        ...created,
        metadata: { ...created.metadata, labels: { not: 'taken' } },
        spec: { size: 9 },
        status,
      },
    });
    expect(changed.status).to.deep.equal({ replicas: 1, selector: 'a=b' });
    expect(changed.spec.size).to.equal(2);
    expect(changed.metadata).to.not.have.property('labels');
    expect(changed.metadata.generation).to.equal(1);
    const scale = await server.must('GET', `${path}/scale`);
    expect(scale).to.deep.include({
      kind: 'Scale',
      spec: { replicas: 1 },
      status: { replicas: 1, selector: 'a=b' },
    });
    await server.must('PUT', `${path}/scale`, {
      body: { metadata: { name: 'scaled' }, spec: { replicas: 3 } },
    });
    const scaled = await server.must('GET', path);
    expect(scaled.spec.replicas).to.equal(3);
    expect(scaled.metadata.generation).to.equal(2);
  });

  it('are shown in the columns of their definition', async () => {
    await server.must('POST', gadgets, { body: gadget('shown', { mode: 'b' }) });
    const table = await server.must('GET', `${gadgets}/shown`, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    expect(
      table.columnDefinitions.map(({ name, type, priority }: Record<string, unknown>) => [
        name,
        type,
        priority,
      ]),
    ).to.deep.equal([
      ['Name', 'string', 0],
      ['Size', 'integer', 0],
      ['When', 'date', 0],
      ['Mode', 'string', 1],
    ]);
    expect(table.rows[0].cells).to.deep.equal(['shown', 2, '0s', 'b']);
    expect(table.columnDefinitions[1].description).to.equal('how big');
    expect(table.columnDefinitions[2].description).to.equal(
      'Custom resource definition column (in JSONPath format): .metadata.creationTimestamp',
    );
  });

  it('are watched and discovered from the moment they are served', async () => {
    const events = await server.watch(
      `${gadgets}?watch=true&resourceVersion=0&fieldSelector=metadata.name=seen`,
    );
    await server.must('POST', gadgets, { body: gadget('seen') });
    expect((await events.next()).value).to.deep.include({ type: 'ADDED' });
    const list = await server.must('GET', '/apis/example.com/v1');
    const names = list.resources.map(({ name }: { name: string }) => name);
    expect(names).to.deep.equal(['gadgets', 'gadgets/status', 'gadgets/scale', 'widgets']);
    const group = await server.must('GET', '/apis/example.com');
    expect(group.preferredVersion.version).to.equal('v1');
    expect(group.versions).to.have.length(2);
    await events.return?.();
  });

  it('are watched to their end, which is that of the watch, once their definition goes', async () => {
    const versions = [
      { ...definitions.widgets.sent.spec.versions[0], name: 'v1', served: true, storage: true },
    ];
    const names = { plural: 'leavers', kind: 'Leaver' };
    const spec = { ...definitions.widgets.sent.spec, group: 'leaving.example.com', names, versions };
    await server.define({ metadata: { name: 'leavers.leaving.example.com' }, spec });
    const inNamespace = spec.scope === 'Namespaced' ? '/namespaces/default' : '';
    const leavers = `/apis/leaving.example.com/v1${inNamespace}/leavers`;
    const body = { apiVersion: 'leaving.example.com/v1', kind: 'Leaver', metadata: { name: 'last' } };
    await server.must('POST', leavers, { body });
    const events = await server.watch(`${leavers}?watch=true&resourceVersion=0`);
    await server.must('DELETE', `${definitionsPath}/leavers.leaving.example.com`);
    const seen: string[] = [];
    for (let next = await events.next(); !next.done; next = await events.next()) seen.push(next.value.type);
    expect(seen).to.deep.equal(['ADDED', 'DELETED']);
  });

  it('are served when the answer to their definition comes, also where it is applied', async () => {
    for (const name of ['posted', 'applied']) {
      const made = structuredClone(definitions.widgets.sent);
      made.metadata.name = `${name}.example.org`;
      made.spec.group = 'example.org';
      made.spec.names = { plural: name, kind: `${name}Kind` };
      const path = `${definitionsPath}/${made.metadata.name}`;
      if (name === 'posted') await server.must('POST', definitionsPath, { body: made });
      else
        await server.must('PATCH', `${path}?fieldManager=test`, {
          body: { ...made, apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
          contentType: 'application/apply-patch+yaml',
        });
      expect((await server.must('GET', `/apis/example.org/v1/${name}`)).items).to.deep.equal([]);
      const { resources } = await server.must('GET', '/apis/example.org/v1');
      expect(resources.map((each: { name: string }) => each.name)).to.include(name);
      await server.must('DELETE', path);
    }
  });

  it('are shown in another version of theirs, with a warning where it is deprecated', async () => {
    await server.must('POST', gadgets, { body: gadget('versions') });
    const path = gadgets.replace('/v1/', '/v1beta1/');
    const { body, warnings } = await server.ask('GET', `${path}/versions`);
    expect(body.apiVersion).to.equal('example.com/v1beta1');
    expect(body.spec).to.deep.equal({ size: 2, mode: 'a', opt: { x: 1 } });
    expect(warnings).to.deep.equal(['old']);
    const events = await server.watch(
      `${path}?watch=true&resourceVersion=0&fieldSelector=metadata.name=versions`,
    );
    expect((await events.next()).value.object.apiVersion).to.equal('example.com/v1beta1');
    // What the stored version does not know is lost.
    await server.must('PATCH', `${path}/versions`, {
      body: { spec: { size: 3, loose: 'lost' } },
      contentType: 'application/merge-patch+json',
    });
    expect((await events.next()).value.object.spec).to.deep.equal({ size: 3, mode: 'a', opt: { x: 1 } });
    await events.return?.();
    const { items } = await server.must('GET', path);
    expect(new Set(items.map(({ apiVersion }: { apiVersion: string }) => apiVersion))).to.deep.equal(
      new Set(['example.com/v1beta1']),
    );
  });

  it('keep their apart when another definition wants the names of one', async () => {
    const rival = structuredClone(definitions.widgets.sent);
    rival.metadata.name = 'rivals.example.com';
    rival.spec.names = { plural: 'rivals', kind: 'Gadget', shortNames: ['gd', 'rv'] };
    await server.must('POST', definitionsPath, { body: rival });
    const { until } = await import('../../support/until.ts');
    const { conditions, acceptedNames } = await until('the conflict to be told', async () => {
      const { status } = await server.must('GET', `${definitionsPath}/rivals.example.com`);
      return status.conditions ? status : undefined;
    });
    expect(
      conditions.map(({ lastTransitionTime: _, ...rest }: Record<string, unknown>) => rest),
    ).to.deep.equal([
      {
        type: 'NamesAccepted',
        status: 'False',
        reason: 'ListKindConflict',
        message: '"GadgetList" is already in use',
      },
      { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
    ]);
    expect(acceptedNames).to.deep.equal({ plural: 'rivals', kind: '' });
    expect((await server.ask('GET', '/apis/example.com/v1/rivals')).code).to.equal(404);
    await server.must('DELETE', `${definitionsPath}/rivals.example.com`);
  });

  it('are served under a name that another definition gives up', async () => {
    const { until } = await import('../../support/until.ts');
    const named = (plural: string) => {
      const definition = structuredClone(definitions.widgets.sent);
      definition.metadata.name = `${plural}.example.com`;
      definition.spec.names = { plural, kind: 'Wanted' };
      return definition;
    };
    const conditionsOf = async (plural: string) => {
      const { status } = await server.must('GET', `${definitionsPath}/${plural}.example.com`);
      return status.conditions?.map(({ type, status }: Record<string, string>) => `${type}=${status}`);
    };
    await server.define(named('havers'));
    await server.must('POST', definitionsPath, { body: named('waiters') });
    await until('the conflict to be told', async () => conditionsOf('waiters'));
    expect(await conditionsOf('waiters')).to.deep.equal(['NamesAccepted=False', 'Established=False']);
    await server.must('DELETE', `${definitionsPath}/havers.example.com`);
    await until('the other to be served', async () =>
      (await conditionsOf('waiters')).includes('Established=True'),
    );
    expect((await server.ask('GET', '/apis/example.com/v1/waiters')).code).to.equal(200);
    await server.must('DELETE', `${definitionsPath}/waiters.example.com`);
  });

  it('go with their definition, and are not served any more', async () => {
    const { until } = await import('../../support/until.ts');
    const doomed = structuredClone(definitions.widgets.sent);
    doomed.metadata.name = 'doomed.example.com';
    doomed.spec.names = { plural: 'doomed', kind: 'Doomed' };
    await server.define(doomed);
    const path = '/apis/example.com/v1/namespaces/default/doomed';
    const body = {
      apiVersion: 'example.com/v1',
      kind: 'Doomed',
      metadata: { name: 'one', finalizers: ['held'] },
    };
    await server.must('POST', path, { body });
    await server.must('POST', path, { body: { ...body, metadata: { name: 'two' } } });
    const marked = await server.must('DELETE', `${definitionsPath}/doomed.example.com`);
    expect(marked.metadata.finalizers).to.deep.equal(['customresourcecleanup.apiextensions.k8s.io']);
    await until(
      'all but the held one to be gone',
      async () => (await server.must('GET', path)).items.length === 1,
    );
    const { status } = await server.must('GET', `${definitionsPath}/doomed.example.com`);
    expect(status.conditions.at(-1)).to.deep.include({ type: 'Terminating', status: 'True' });
    const late = await server.ask('POST', path, { body: { ...body, metadata: { name: 'late' } } });
    expect(late.code).to.equal(405);
    expect(late.body.message).to.equal('create not allowed while custom resource definition is terminating');
    expect(late.body.details).to.deep.equal({ group: 'example.com', kind: 'doomed' });
    await server.must('PATCH', `${path}/one`, {
      body: { metadata: { finalizers: null } },
      contentType: 'application/merge-patch+json',
    });
    await until('the definition to be gone', async () => {
      server.clock.advance(1_000);
      return (await server.ask('GET', `${definitionsPath}/doomed.example.com`)).code === 404;
    });
    await until('the resource to be gone', async () => (await server.ask('GET', path)).code === 404);
    const list = await server.must('GET', '/apis/example.com/v1');
    expect(list.resources.some(({ name }: { name: string }) => name === 'doomed')).to.equal(false);
  });
});

describe('a definition that changes', () => {
  let server: CustomResourcesFixture;
  const things = '/apis/example.com/v1/namespaces/default/things';
  const thing = (name: string, spec: object) => ({
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: { name },
    spec,
  });

  const definition = (properties: object, more: object = {}) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com' },
    spec: {
      group: 'example.com',
      names: { plural: 'things', kind: 'Thing' },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } },
          },
          ...more,
        },
      ],
    },
  });

  async function redefine(properties: object, more: object = {}): Promise<void> {
    const path = `${definitionsPath}/things.example.com`;
    const { until } = await import('../../support/until.ts');
    const rows = () => server.api.index.find('example.com', 'v1', 'things');
    const before = rows();
    const { metadata } = await server.must('GET', path);
    await server.must('PUT', path, { body: { ...definition(properties, more), metadata } });
    await until('the new schema to be served', () => rows() !== before);
  }

  beforeEach(async () => {
    const { startCustomResources } = await import('../../support/custom-resources.ts');
    server = await startCustomResources();
    await server.define(definition({ a: { type: 'integer' } }));
  });

  afterEach(() => server.stop());

  it('fills new defaults into what was stored before', async () => {
    await server.must('POST', things, { body: thing('old', { a: 1 }) });
    await redefine({ a: { type: 'integer' }, b: { type: 'string', default: 'new' } });
    expect((await server.must('GET', `${things}/old`)).spec).to.deep.equal({ a: 1, b: 'new' });
    const events = await server.watch(`${things}?watch=true&resourceVersion=0`);
    expect((await events.next()).value.object.spec).to.deep.equal({ a: 1, b: 'new' });
    await events.return?.();
  });

  it('lets what was wrong already stay as it is, and nothing else', async () => {
    await server.must('POST', things, { body: thing('old', { a: 100, b: 1 }) });
    await redefine({ a: { type: 'integer', maximum: 10 }, b: { type: 'integer' } });
    const patch = (spec: object) =>
      server.ask('PATCH', `${things}/old`, { body: { spec }, contentType: 'application/merge-patch+json' });
    expect((await patch({ b: 2 })).code).to.equal(200);
    const { code, body } = await patch({ a: 99 });
    expect(code).to.equal(422);
    expect(body.message).to.contain(
      'spec.a: Invalid value: 99: spec.a in body should be less than or equal to 10',
    );
  });

  it('lets fields be selected by', async () => {
    await redefine(
      { a: { type: 'integer' }, color: { type: 'string' } },
      { selectableFields: [{ jsonPath: '.spec.color' }] },
    );
    await server.must('POST', things, { body: thing('red', { color: 'red' }) });
    await server.must('POST', things, { body: thing('blue', { color: 'blue' }) });
    const { items } = await server.must('GET', `${things}?fieldSelector=spec.color%3Dblue`);
    expect(items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).to.deep.equal([
      'blue',
    ]);
    expect((await server.ask('GET', `${things}?fieldSelector=spec.a%3D1`)).code).to.equal(400);
  });

  it('is served again after a restart, before anything is asked', async () => {
    await server.must('POST', things, { body: thing('kept', { a: 1 }) });
    const { ApiServer } = await import('../../../hub/apiserver/index.ts');
    const { createLog } = await import('../../../shared/base/index.ts');
    const { resources } = await import('../../../shared/api/index.ts');
    const { admin, noNodes } = await import('../../support/apiserver.ts');
    const again = new ApiServer({
      store: server.store,
      clock: server.clock,
      log: createLog('test', 'fatal'),
      resources,
      authorize: async () => ({ allowed: true }),
      admission: () => [],
      nodeStreams: noNodes,
    });
    await again.start();
    const answer = await again.handle({ method: 'GET', path: `${things}/kept`, user: admin });
    expect(answer.code).to.equal(200);
    await again.stop();
  });
});
