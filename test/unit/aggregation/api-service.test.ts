// APIServices as objects, and what they say about who answers and what is discovered first.

import { expect } from 'chai';
import { resources } from '../../../shared/api/index.ts';
import { apiVersionOf } from '../../../shared/machinery/index.ts';
import { type ApiServerFixture, startApiServer } from '../../support/apiserver.ts';

const path = '/apis/apiregistration.k8s.io/v1/apiservices';
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

describe('an APIService', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer();
  });
  after(() => server.stop());

  const of = (group: string, version: string, more: object = {}) => ({
    metadata: { name: `${version}.${group}` },
    spec: { ...{ group, version, groupPriorityMinimum: 1000, versionPriority: 15 }, ...more },
  });
  const elsewhere = { insecureSkipTLSVerify: true, service: { name: 's', namespace: 'n' } };
  const available = async (name: string): Promise<string> => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { rows } = await server.must('GET', `${path}/${name}`, { accept });
    return rows[0].cells[2];
  };
  const groups = async (): Promise<string[]> =>
    (await server.must('GET', '/apis')).groups.map(({ name }: { name: string }) => name);

  it('is stored, of this server and of others', async () => {
    const made = await server.ask('POST', path, { body: of('e.example.com', 'v1', elsewhere) });
    expect(made.code).to.equal(201);
    expect(made.warnings).to.deep.equal([]);
    expect(made.body.spec.service).to.deep.equal({ name: 's', namespace: 'n', port: 443 });
    expect(await available('v1.e.example.com')).to.equal('Unknown');
    const report = (status: object) =>
      server.ask('PATCH', `${path}/v1.e.example.com/status`, {
        body: { metadata: { labels: { not: 'mine' } }, status: { conditions: [status] } },
        contentType: 'application/merge-patch+json',
      });
    const wrong = await report({ type: 'Available', status: 'Perhaps' });
    expect(wrong.body.message).to.contain(
      'status.conditions[0].status: Unsupported value: "Perhaps": supported values: ',
    );
    const reported = await report({ type: 'Available', status: 'False', reason: 'X' });
    expect(reported.body.metadata.labels).to.equal(undefined);
    expect(await available('v1.e.example.com')).to.equal('False (X)');
    const local = await server.ask('POST', path, { body: of('apps', 'v1') });
    expect(local.code).to.equal(201);
    expect(local.body.status.conditions).to.deep.equal([
      {
        ...{ type: 'Available', status: 'True', reason: 'Local' },
        message: 'Local APIServices are always available',
        lastTransitionTime: local.body.metadata.creationTimestamp,
      },
    ]);
    const { resourceVersion, ...metadata } = local.body.metadata;
    const blind = await server.ask('PUT', `${path}/v1.apps`, { body: { ...local.body, metadata } });
    expect(blind.code).to.equal(422);
    expect(blind.body.message).to.contain('metadata.resourceVersion: Invalid value: 0x0: must be specified');
    expect((await server.ask('POST', path, { body: of('apps', 'v1') })).code).to.equal(409);
    const { items } = await server.must('GET', path);
    expect(items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).to.deep.equal([
      ...['v1.apps', 'v1.e.example.com'],
    ]);
    for (const name of ['v1.e.example.com', 'v1.apps']) await server.must('DELETE', `${path}/${name}`);
    expect((await server.must('GET', path)).items).to.deep.equal([]);
  });

  it('is not needed for discovery, which has the order of Kubernetes', async () => {
    const names = await groups();
    expect(names.slice(0, 4)).to.deep.equal([
      ...['apiregistration.k8s.io', 'apps', 'events.k8s.io', 'authentication.k8s.io'],
    ]);
    expect(names.at(-1)).to.equal('metrics.k8s.io');
    const served = new Set(resources.filter(({ group }) => group).map(apiVersionOf));
    const listed = (await server.must('GET', '/apis')).groups.flatMap(
      ({ versions }: { versions: { groupVersion: string }[] }) =>
        versions.map(({ groupVersion }) => groupVersion),
    );
    expect(listed).to.have.members([...served]);
  });

  it('says what is discovered first', async () => {
    await server.must('POST', path, { body: of('policy', 'v1', { groupPriorityMinimum: 19000 }) });
    await server.must('POST', path, { body: of('first.example.com', 'v1', { ...elsewhere }) });
    await server.must('POST', path, {
      body: of('first.example.com', 'v2', { ...elsewhere, groupPriorityMinimum: 18500, versionPriority: 9 }),
    });
    expect((await groups()).slice(0, 4)).to.deep.equal([
      ...['apiregistration.k8s.io', 'policy', 'first.example.com', 'apps'],
    ]);
    const { versions } = await server.must('GET', '/apis/first.example.com');
    expect(versions.map(({ version }: { version: string }) => version)).to.deep.equal(['v1', 'v2']);
    const { items } = await server.must('GET', '/apis', { accept: aggregated });
    expect(items.slice(0, 3).map((each: typeof items) => each.metadata.name)).to.deep.equal(
      (await groups()).slice(0, 3),
    );
    for (const name of ['v1.policy', 'v1.first.example.com', 'v2.first.example.com'])
      await server.must('DELETE', `${path}/${name}`);
    expect((await groups())[1]).to.equal('apps');
  });

  it('that names a Service takes a version away from this server, but not the core group', async () => {
    const list = '/apis/policy/v1/poddisruptionbudgets';
    const core = '/api/v1/namespaces';
    expect((await server.ask('GET', list)).code).to.equal(200);
    await server.must('POST', path, { body: of('policy', 'v1', elsewhere) });
    await server.must('POST', path, {
      body: { metadata: { name: 'v1.' }, spec: { ...of('', 'v1', elsewhere).spec, group: undefined } },
    });
    expect(await server.handle('GET', list)).to.deep.include({ code: 503, type: 'bytes' });
    expect((await server.ask('GET', core)).code).to.equal(200);
    const { items } = await server.must('GET', '/apis', { accept: aggregated });
    const policy = items.find((each: typeof items) => each.metadata.name === 'policy');
    expect(policy.versions).to.deep.equal([{ version: 'v1', resources: [], freshness: 'Stale' }]);
    for (const name of ['v1.policy', 'v1.']) await server.must('DELETE', `${path}/${name}`);
    expect((await server.ask('GET', list)).code).to.equal(200);
  });

  const refusals: [string, object, string][] = [
    [
      'v1.e.example.com',
      { groupPriorityMinimum: 0 },
      'spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000',
    ],
    [
      'v1.e.example.com',
      { versionPriority: 0 },
      'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
    ],
    [
      'bad',
      {},
      'metadata.name: Invalid value: "bad": must be `spec.version+"."+spec.group`: "v1.e.example.com"',
    ],
    ['v1.e.example.com', { service: { name: '', namespace: 'n' } }, 'spec.service.name: Required value'],
    [
      'v1.e.example.com',
      { caBundle: 'YQ==' },
      'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
    ],
  ];
  for (const [name, more, why] of refusals)
    it(`refuses an API service with ${why.split(':')[0]} as Kubernetes does`, async () => {
      const spec = {
        ...{ group: 'e.example.com', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 },
        ...{ insecureSkipTLSVerify: true, service: { name: 's', namespace: 'n' }, ...more },
      };
      const { code, body } = await server.ask('POST', path, {
        body: { metadata: { name }, spec },
      });
      expect(code).to.equal(422);
      expect(body.message).to.equal(`APIService.apiregistration.k8s.io "${name}" is invalid: ${why}`);
    });
});
