import { expect } from 'chai';
import { type ApiServerFixture, configMap, startApiServer } from '../../support/apiserver.ts';
import { readJson } from '../../support/fixture.ts';

const path = '/api/v1/namespaces/rec/configmaps';
const asTable = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const kubectl = `${asTable},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`;
const asMetadata = (kind: string) => `application/json;as=${kind};v=v1;g=meta.k8s.io`;

interface Table {
  rows: { cells: unknown[]; object: { metadata: { name: string } } | null }[];
  columnDefinitions: { name: string; description: string }[];
  metadata: object;
}

/** Without what differs from run to run, and without the columns: these are the Kinds' to compare. */
function comparable(table: Table): unknown {
  const text = JSON.stringify(table, (key, value) => {
    if (key === 'uid' || key === 'resourceVersion' || key === 'creationTimestamp') return 'X';
    if (key === 'columnDefinitions') return undefined;
    return key === 'cells' ? value.slice(0, 2) : value;
  });
  return JSON.parse(text);
}

describe('a table', () => {
  const recorded: Record<string, Table> = readJson('apiserver/tables.json');
  let server: ApiServerFixture;
  beforeEach(async () => {
    server = await startApiServer();
    for (const name of ['cm-a', 'cm-b', 'cm-min']) {
      await server.must('POST', path, { body: configMap(name, {}, 'rec') });
    }
  });
  afterEach(() => server.stop());

  for (const [name, wanted] of Object.entries(recorded)) {
    it(`is what Kubernetes answers to ${name}`, async () => {
      const [asked = ''] = name.split(' ');
      const found = await server.must('GET', asked, { accept: asTable });
      expect(comparable(found)).to.deep.equal(comparable(wanted));
    });
  }

  it('of a list has its revision, its token and what remains', async () => {
    const table = await server.must('GET', `${path}?limit=2`, { accept: kubectl });
    expect(table).to.include({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(table.metadata).to.have.all.keys('resourceVersion', 'continue', 'remainingItemCount');
    expect(table.rows.map(({ cells }: { cells: unknown[] }) => cells[0])).to.deep.equal(['cm-a', 'cm-b']);
  });

  it('is not made of a Status', async () => {
    const missing = await server.ask('GET', `${path}/none`, { accept: kubectl });
    expect(missing.body.kind).to.equal('Status');
    const deleted = await server.must('DELETE', `${path}/cm-a`, { accept: kubectl });
    expect(deleted.kind).to.equal('Status');
  });

  it('of a bad wish is refused', async () => {
    const answer = await server.ask('GET', `${path}?includeObject=All`, { accept: asTable });
    expect(answer.code).to.equal(400);
    const other = await server.ask('GET', path, { accept: 'application/json;as=Table;v=v9;g=meta.k8s.io' });
    expect(other.code).to.equal(406);
    expect(other.body.reason).to.equal('NotAcceptable');
    const falls = await server.must('GET', path, {
      accept: `text/html, ${asTable};q=0.5, application/json;q=0.9`,
    });
    expect(falls.kind).to.equal('ConfigMapList');
  });
});

describe('metadata alone', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer();
    await server.must('POST', path, { body: configMap('a', { data: { k: 'v' } }, 'rec') });
  });
  after(() => server.stop());

  it('is answered for an object and for a list', async () => {
    const one = await server.must('GET', `${path}/a`, { accept: asMetadata('PartialObjectMetadata') });
    expect(one).to.include({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
    expect(one).to.have.all.keys('kind', 'apiVersion', 'metadata');
    const list = await server.must('GET', path, { accept: asMetadata('PartialObjectMetadataList') });
    expect(list.kind).to.equal('PartialObjectMetadataList');
    expect(list.items).to.deep.equal([one]);
  });

  it('is that of a list where a list is asked for, and of nothing else', async () => {
    const wrong = [
      [`${path}/a`, 'PartialObjectMetadataList', 'is not a list (ConfigMap)'],
      [path, 'PartialObjectMetadata', 'is a list (ConfigMapList)'],
    ] as const;
    for (const [asked, kind, is] of wrong) {
      const { code, body } = await server.ask('GET', asked, { accept: asMetadata(kind) });
      expect([code, body.reason]).to.deep.equal([406, 'NotAcceptable']);
      expect(body.message).to.equal(`you requested ${kind}, but the requested object ${is}`);
    }
  });

  it('is not made of what is only asked', async () => {
    const review = { spec: { nonResourceAttributes: { path: '/', verb: 'get' } } };
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { code, body } = await server.ask('POST', path, { body: review, accept });
    expect(code).to.equal(406);
    expect(body.reason).to.equal('NotAcceptable');
    const either = await server.ask('POST', path, { body: review, accept: `${accept},application/json` });
    expect(either.body.kind).to.equal('SelfSubjectAccessReview');
  });

  it('is not YAML where events are asked for', async () => {
    const accept = 'application/yaml';
    const { code, body } = await server.ask('GET', '/api/v1/configmaps?watch=true', { accept });
    expect([code, body.reason, body.message]).to.deep.equal([
      406,
      'NotAcceptable',
      'only the following media types are accepted: application/json;stream=watch',
    ]);
  });
});
