import { expect } from 'chai';
import { type Resource, resources } from '../../../shared/api/index.ts';
import { type ApiServerFixture, startApiServer } from '../../support/apiserver.ts';
import { readJson } from '../../support/fixture.ts';

interface Entry {
  name: string;
  singularName: string;
  verbs: string[];
}

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

function builtIn(name: string): Resource {
  const found = resources.find(({ resource }) => resource === name);
  if (!found) throw new Error(`no resource ${name}`);
  return found;
}

describe('discovery', () => {
  const recorded: Record<string, { resources?: Entry[] }> = readJson('apiserver/discovery.json');
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer({ address: () => '192.0.2.1:6443' });
  });
  after(() => server.stop());

  for (const [path, wanted] of Object.entries(recorded).filter(([, { resources }]) => resources)) {
    it(`lists at ${path} what Kubernetes lists there`, async () => {
      const { resources: entries, ...list } = await server.must('GET', path);
      const { resources: wantedResources = [], ...wantedList } = wanted;
      expect(list).to.deep.equal(wantedList);
      for (const entry of wantedResources) {
        const found = entries.find(({ name }: Entry) => name === entry.name);
        // Since the recording services can be deleted as a collection, and singular names are filled in.
        const verbs = entry.name === 'services' ? [...entry.verbs, 'deletecollection'].sort() : entry.verbs;
        expect({ ...found, singularName: '' }).to.deep.equal({
          ...entry,
          verbs,
          ...(found.storageVersionHash && { storageVersionHash: found.storageVersionHash }),
        });
      }
    });
  }

  it('is there as YAML too', async () => {
    for (const path of ['/api', '/apis', '/apis/apps', '/apis/apps/v1'])
      expect((await server.handle('GET', path, { accept: 'application/yaml' })).type).to.equal('object');
  });

  it('names groups and their versions', async () => {
    const { groups } = await server.must('GET', '/apis');
    expect(groups.map(({ name }: Entry) => name)).to.include.members(['apps', 'coordination.k8s.io']);
    expect(groups[1]).to.deep.equal({
      name: 'apps',
      versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
    });
    expect(await server.must('GET', '/apis/apps')).to.deep.equal(recorded['/apis/apps']);
    expect(await server.must('GET', '/api')).to.deep.equal({
      kind: 'APIVersions',
      ...recorded['/api'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '192.0.2.1:6443' }],
    });
  });

  it('says all at once to who asks for it', async () => {
    const answer = await server.handle('GET', '/apis', { accept: `${aggregated},application/json` });
    if (answer.type !== 'bytes') throw new Error(`not bytes: ${answer.type}`);
    expect(answer.contentType).to.equal(aggregated);
    const { kind, apiVersion, items } = JSON.parse(answer.body.toString());
    expect({ kind, apiVersion }).to.deep.equal({
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
    });
    const apps = items.find(({ metadata }: { metadata: Entry }) => metadata.name === 'apps');
    const deployments = apps.versions[0].resources.find(
      ({ resource }: { resource: string }) => resource === 'deployments',
    );
    expect(deployments).to.deep.include({
      resource: 'deployments',
      responseKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      scope: 'Namespaced',
      singularResource: 'deployment',
      shortNames: ['deploy'],
      categories: ['all'],
    });
    expect(deployments.subresources[0]).to.deep.equal({
      subresource: 'scale',
      responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      verbs: ['get', 'patch', 'update'],
    });
  });

  it('and the API take up a resource at run time, and drop it', async () => {
    const widgets: Resource = {
      ...builtIn('configmaps'),
      group: 'example.com',
      kind: 'Widget',
      resource: 'widgets',
      singular: 'widget',
      shortNames: [],
    };
    server.api.index.add(widgets);
    const list = await server.must('GET', '/apis/example.com/v1');
    expect(list.resources[0]).to.include({ name: 'widgets', kind: 'Widget' });
    const path = '/apis/example.com/v1/namespaces/default/widgets';
    const created = await server.must('POST', path, { body: { metadata: { name: 'w' } } });
    expect(created).to.include({ apiVersion: 'example.com/v1', kind: 'Widget' });
    server.api.index.remove(widgets);
    expect((await server.ask('GET', `${path}/w`)).code).to.equal(404);
    expect((await server.handle('GET', '/apis/example.com/v1')).code).to.equal(404);
  });

  it('tells the version and the paths', async () => {
    expect(await server.must('GET', '/version')).to.include({
      major: '1',
      minor: '32',
      gitVersion: 'v1.32.0+kelp',
    });
    const { paths } = await server.must('GET', '/');
    expect(paths).to.include.members([
      '/api',
      '/api/v1',
      '/apis',
      '/apis/apps',
      '/apis/apps/v1',
      '/healthz',
      '/version',
    ]);
  });
});

describe('health', () => {
  let server: ApiServerFixture;
  let wrong: string | undefined;
  before(async () => {
    server = await startApiServer({ health: [{ name: 'store', for: ['readyz'], check: () => wrong }] });
  });
  after(() => server.stop());

  async function text(path: string) {
    const answer = await server.handle('GET', path);
    return { code: answer.code, text: answer.type === 'bytes' ? answer.body.toString() : '' };
  }

  it('is ok, or says what is wrong', async () => {
    wrong = undefined;
    expect(await text('/readyz')).to.deep.equal({ code: 200, text: 'ok' });
    wrong = 'disk full';
    expect(await text('/readyz')).to.deep.equal({
      code: 500,
      text: '[+]ping ok\n[-]store failed: reason withheld\nreadyz check failed\n',
    });
    expect(await text('/livez')).to.deep.equal({ code: 200, text: 'ok' });
    expect(await text('/readyz?exclude=store')).to.deep.equal({ code: 200, text: 'ok' });
  });

  it('lists its checks, or answers one', async () => {
    wrong = undefined;
    expect((await text('/readyz?verbose')).text).to.equal('[+]ping ok\n[+]store ok\nreadyz check passed\n');
    expect(await text('/readyz/store')).to.deep.equal({ code: 200, text: 'ok' });
    expect((await text('/readyz/none')).code).to.equal(404);
  });

  it('is not sent again to who has it', async () => {
    const first = await server.handle('GET', '/apis', { accept: aggregated });
    if (first.type !== 'bytes') throw new Error(`not bytes: ${first.type}`);
    const ifNoneMatch = first.headers?.ETag ?? '';
    expect(ifNoneMatch).to.match(/^"[0-9A-F]{128}"$/);
    const again = await server.handle('GET', '/apis', { accept: aggregated, ifNoneMatch });
    expect(again.code).to.equal(304);
  });
});
