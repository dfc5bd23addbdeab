import { expect } from 'chai';
import { isRecord } from '../../../shared/machinery/index.ts';
import { type ApiServerFixture, configMap, startApiServer } from '../../support/apiserver.ts';

const path = '/api/v1/namespaces/default/configmaps';
type Named = { metadata: { name: string } };
const names = (list: { items: Named[] }) => list.items.map(({ metadata }) => metadata.name);

describe('a list', () => {
  let server: ApiServerFixture;
  beforeEach(async () => {
    server = await startApiServer({ historyLimit: 20 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const labels = { vowel: String('aeiou'.includes(name)) };
      await server.must('POST', path, { body: configMap(name, { metadata: { name, labels } }) });
    }
  });
  afterEach(() => server.stop());

  it('is sorted by namespace and name, over one namespace or all', async () => {
    await server.must('POST', '/api/v1/namespaces/apples/configmaps', { body: configMap('z', {}, 'apples') });
    expect(names(await server.must('GET', path))).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
    const all = await server.must('GET', '/api/v1/configmaps');
    expect(names(all)).to.deep.equal(['z', 'a', 'b', 'c', 'd', 'e']);
    expect(all).to.include({ kind: 'ConfigMapList', apiVersion: 'v1' });
  });

  it('comes in pages that all show the state of the first', async () => {
    const first = await server.must('GET', `${path}?limit=2`);
    expect(first.metadata.remainingItemCount).to.equal(3);
    await server.must('DELETE', `${path}/c`);
    await server.must('POST', path, { body: configMap('bb') });
    const second = await server.must('GET', `${path}?limit=2&continue=${first.metadata.continue}`);
    const third = await server.must('GET', `${path}?limit=2&continue=${second.metadata.continue}`);
    expect([first, second, third].map(names)).to.deep.equal([['a', 'b'], ['c', 'd'], ['e']]);
    expect(third.metadata.resourceVersion).to.equal(first.metadata.resourceVersion);
    expect(third.metadata).to.not.have.property('continue');
    expect(third.metadata).to.not.have.property('remainingItemCount');
  });

  it('whose first page is forgotten can go on with what is there now', async () => {
    const first = await server.must('GET', `${path}?limit=2`);
    for (let index = 0; index < 40; index += 1) {
      await server.must('PUT', `${path}/e`, { body: configMap('e', { data: { v: String(index) } }) });
    }
    await server.must('DELETE', `${path}/d`);
    const lost = await server.ask('GET', `${path}?limit=2&continue=${first.metadata.continue}`);
    expect(lost.code).to.equal(410);
    expect(lost.body).to.include({ reason: 'Expired' });
    const rest = await server.must('GET', `${path}?limit=2&continue=${lost.body.metadata.continue}`);
    expect(names(rest)).to.deep.equal(['c', 'e']);
  });

  it('with a selector fills its pages and does not count what remains', async () => {
    const query = `labelSelector=${encodeURIComponent('vowel=false')}`;
    const first = await server.must('GET', `${path}?limit=2&${query}`);
    expect(names(first)).to.deep.equal(['b', 'c']);
    expect(first.metadata).to.not.have.property('remainingItemCount');
    const second = await server.must('GET', `${path}?limit=2&${query}&continue=${first.metadata.continue}`);
    expect(names(second)).to.deep.equal(['d']);
    expect(second.metadata).to.not.have.property('continue');
  });

  it('can be of a moment in the past, as long as that is remembered', async () => {
    const before = await server.must('GET', path);
    await server.must('DELETE', `${path}/a`);
    const revision = before.metadata.resourceVersion;
    const then = await server.must('GET', `${path}?resourceVersion=${revision}&resourceVersionMatch=Exact`);
    expect(names(then)).to.deep.equal(names(before));
    const notOlder = await server.must(
      'GET',
      `${path}?resourceVersion=${revision}&resourceVersionMatch=NotOlderThan`,
    );
    expect(names(notOlder)).to.deep.equal(['b', 'c', 'd', 'e']);
  });

  it('of fields that a Kind offers', async () => {
    const list = await server.must('GET', `${path}?fieldSelector=metadata.name%3Dd`);
    expect(names(list)).to.deep.equal(['d']);
    const others = await server.must('GET', `/api/v1/configmaps?fieldSelector=metadata.name!%3Dd`);
    expect(names(others)).to.deep.equal(['a', 'b', 'c', 'e']);
  });

  it('carries the objects of the store, not copies', async () => {
    const items = async () => {
      const answer = await server.handle('GET', path);
      if (answer.type !== 'object' || !isRecord(answer.body)) throw new Error(`not a list: ${answer.type}`);
      return answer.body.items;
    };
    const [[left], [right]] = [[await items()].flat(), [await items()].flat()];
    expect(left).to.equal(right);
    expect(left).to.be.an('object').and.to.be.frozen;
  });
});
