// What a store in etcd does when etcd, or the way to it, fails: nothing is lost, nothing is told twice, nothing is
// written twice.

import { expect } from 'chai';
import type { EtcdStore, StoredText } from '../../../hub/store/index.ts';
import { imageOf, listen, names, pod, podKey, put, refusal } from '../../contract/store-world.ts';
import { skipWithout } from '../../support/cluster.ts';
import { EtcdServer, hasEtcd } from '../../support/etcd.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { until } from '../../support/until.ts';
import { startedEtcdStore } from './etcd-world.ts';

describe('a store in etcd', function () {
  this.timeout(60_000);
  let server: EtcdServer;
  let proxy: FaultyProxy;
  /** Behind the proxy, and beside it. */
  let store: EtcdStore;
  let other: EtcdStore;
  let clusters = 0;

  before(async function () {
    if (!hasEtcd) skipWithout(this, 'etcd', 'etcd-server');
    server = await EtcdServer.start();
  });
  after(() => server?.remove());

  beforeEach(async () => {
    clusters += 1;
    proxy = await FaultyProxy.before(server.ports.client);
    const options = { requestTimeout: 1_000 };
    store = await startedEtcdStore(`127.0.0.1:${proxy.port}/c${clusters}`, options);
    other = await startedEtcdStore(`${server.endpoint}/c${clusters}`, options);
  });
  afterEach(async () => {
    proxy.hold('nothing');
    await Promise.all([store.stop(), other.stop()]);
    await proxy.close();
  });

  it('is seen, and watched, by another one', async () => {
    const ear = listen(other, '/');
    const created = await put(store, 'a', 'one');
    const changed = await put(store, 'a', 'two');
    await store.commit([{ key: podKey('a') }]);
    await until('all three', () => ear.changes.length === 3);
    expect(ear.heard()).to.deep.equal([
      `${created} created a`,
      `${changed} changed a`,
      `${changed + 1} deleted a`,
    ]);
    expect(other.epoch).to.equal(store.epoch);
    await put(other, 'b');
    expect(await names(other)).to.deep.equal(['b']);
    await until('b', async () => (await names(store)).includes('b'));
  });

  it('loses against another one, and shows what it lost against', async () => {
    const revision = await put(store, 'a', 'start');
    await until('a', () => other.revision >= revision);
    const writes = [store, other].map((one, at) =>
      one.commit([{ key: podKey('a'), object: pod('a', `writer-${at}`), expected: revision }]),
    );
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
    const loser = outcomes[0]?.status === 'rejected' ? store : other;
    const error = await refusal(
      loser === store ? (writes[0] ?? put(store, 'x')) : (writes[1] ?? put(store, 'x')),
    );
    expect(error.code).to.equal('conflict');
    expect((await loser.get(podKey('a')))?.metadata.resourceVersion).to.equal(String(error.current));
  });

  it('serves what it knows while etcd is gone, says why it cannot write, and goes on when it is back', async () => {
    await put(store, 'a', 'one');
    const ear = listen(store, '/');
    const hasty = await startedEtcdStore(`${server.endpoint}/c${clusters}`, { commitTimeout: 500 });
    await server.kill();
    // One may be under way when the connection ends.
    const [, error] = [await refusal(put(hasty, 'b')), await refusal(put(hasty, 'b'))];
    expect(error.code).to.equal('unavailable');
    expect(error.message).to.contain(server.endpoint).and.to.contain('nothing was written');
    expect(imageOf(await store.get(podKey('a')))).to.equal('one');
    const waiting = put(store, 'a', 'two');
    await server.start();
    const revision = await waiting;
    expect(ear.heard()).to.deep.equal([`${revision} changed a`]);
    await put(hasty, 'b');
    await hasty.stop();
  });

  for (const [what, act] of Object.entries({
    'a put': (name: string) => put(store, name, 'two'),
    'a deletion': (name: string) => store.commit([{ key: podKey(name) }]),
  })) {
    it(`carries out ${what} once whose answer was lost, and answers it`, async () => {
      const before = await put(store, 'a', 'one');
      await until('a', () => other.revision >= before);
      const ear = listen(other, '/');
      const own = listen(store, '/');
      proxy.hold('answers');
      const answer = act('a');
      await until('it to be carried out', () => ear.changes.length === 1);
      proxy.cut();
      proxy.hold('nothing');
      await answer;
      await put(store, 'b');
      await until('b', () => ear.changes.length > 1);
      expect(ear.heard()).to.have.length(2);
      expect(own.heard()).to.deep.equal(ear.heard());
    });

    it(`carries out ${what} once that never arrived`, async () => {
      const before = await put(store, 'a', 'one');
      await until('a', () => other.revision >= before);
      const ear = listen(other, '/');
      proxy.hold('requests');
      const answer = act('a');
      await new Promise((resolve) => setTimeout(resolve, 50));
      proxy.cut();
      proxy.hold('nothing');
      await answer;
      await put(store, 'b');
      await until('b', () => ear.changes.length > 1);
      expect(ear.heard()).to.have.length(2);
    });
  }

  it('answers 409 for a write that lost while its answer was on the way', async () => {
    const revision = await put(store, 'a', 'one');
    await until('a', () => other.revision >= revision);
    proxy.hold('requests');
    const late = refusal(store.commit([{ key: podKey('a'), object: pod('a', 'late'), expected: revision }]));
    const won = await put(other, 'a', 'won');
    proxy.cut();
    proxy.hold('nothing');
    const error = await late;
    expect([error.code, error.current]).to.deep.equal(['conflict', won]);
    expect(imageOf(await store.get(podKey('a')))).to.equal('won');
  });

  it('does not know of a write that was under way when etcd stayed away, and says so', async () => {
    const hasty = await startedEtcdStore(`127.0.0.1:${proxy.port}/c${clusters}`, {
      commitTimeout: 1_500,
      requestTimeout: 500,
    });
    proxy.hold('answers');
    const error = await refusal(put(hasty, 'a'));
    expect(error.code).to.equal('unknown');
    expect(error.message).to.contain('may have been carried out, or not');
    proxy.hold('nothing');
    proxy.cut();
    await hasty.stop();
  });

  it('hears what happened while it was cut off, each change once and in order', async () => {
    const before = await put(store, 'a', 'one');
    await until('a', () => other.revision >= before);
    const ear = listen(store, '/');
    const observer = listen(other, '/');
    for (let round = 0; round < 5; round++) {
      proxy.hold('everything');
      for (let i = 0; i < 5; i++) await put(other, `p-${i}`, `${round}`);
      proxy.cut();
      proxy.hold('nothing');
    }
    await until('all of them', () => ear.changes.length >= 25);
    expect(ear.heard()).to.deep.equal(observer.heard());
  });

  it('compacted past it: hears what is different once, and knows that history has a gap', async () => {
    await put(store, 'stays', 'one');
    await put(store, 'changes', 'one');
    await put(store, 'goes', 'one');
    const before = store.revision;
    const ear = listen(store, '/');
    proxy.hold('everything');
    await put(other, 'changes', 'two');
    const changed = await put(other, 'changes', 'three');
    await other.commit([{ key: podKey('goes') }]);
    const came = await put(other, 'comes', 'one');
    const goesAndComes = await put(other, 'briefly');
    await other.commit([{ key: podKey('briefly') }]);
    await compact(server, goesAndComes + 1);
    proxy.cut();
    proxy.hold('nothing');
    await until('the difference', () => ear.changes.length >= 3);
    await put(store, 'after');
    expect(ear.heard()).to.deep.equal([
      `${changed} changed changes`,
      `${came} created comes`,
      `${goesAndComes + 1} deleted goes`,
      `${store.revision} created after`,
    ]);
    expect(await names(store)).to.deep.equal(await names(other));
    expect(() => listen(store, '/', before))
      .to.throw()
      .with.property('code', 'compacted');
    expect(ear.ended).to.equal(undefined);
  });

  it('writes anew what is not as it would be written today, with the lifetime that it has', async () => {
    await put(store, 'a', 'one');
    await put(store, 'b', 'two');
    let today = 'old';
    const text: StoredText = {
      encode: (_key, object) => `${today} ${JSON.stringify(object)}`,
      decode: (_key, stored) => JSON.parse(stored.slice(stored.indexOf('{'))),
      isCurrent: (_key, stored) => stored.startsWith(today),
    };
    const prefix = `c${clusters}-coded`;
    const coded = await startedEtcdStore(`${server.endpoint}/${prefix}`, { text, volatileLifetime: 5 });
    await put(coded, 'a', 'one');
    await coded.commit([{ key: podKey('v'), object: pod('v'), volatile: true }]);
    today = 'new';
    await put(coded, 'b', 'two');
    const ear = listen(coded, '/');
    await coded.rewrite();
    await until('both', () => ear.changes.length === 2);
    await coded.rewrite();
    expect(ear.changes.map(({ object }) => object?.metadata.name)).to.deep.equal(['a', 'v']);
    expect((await valuesIn(server, `/${prefix}/objects/`)).map((value) => value.slice(0, 3))).to.deep.equal(
      Array(3).fill('new'),
    );
    await coded.stop();
  });

  it('refuses what is beyond the limits of etcd, by name', async () => {
    const big = await refusal(put(store, 'big', 'one', 1_700_000));
    expect(big.code).to.equal('too-large');
    expect(big.message).to.contain(podKey('big')).and.to.contain('--max-request-bytes');
    const many = Array.from({ length: 130 }, (_, i) => ({ key: podKey(`p-${i}`), object: pod('p') }));
    const error = await refusal(store.commit(many));
    expect(error.code).to.equal('too-large');
    expect(error.message).to.contain('130 writes').and.to.contain('--max-txn-ops');
    expect(await store.count('/')).to.equal(0);
  });
});

async function valuesIn(server: EtcdServer, prefix: string): Promise<string[]> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const range = { key: base64(prefix), range_end: base64(`${prefix.slice(0, -1)}0`) };
  const answer = await fetch(`http://${server.endpoint}/v3/kv/range`, {
    method: 'POST',
    body: JSON.stringify(range),
  });
  const { kvs = [] }: { kvs?: { value: string }[] } = JSON.parse(await answer.text());
  return kvs.map(({ value }) => Buffer.from(value, 'base64').toString());
}

/** By somebody else. */
async function compact(server: EtcdServer, revision: number): Promise<void> {
  const answer = await fetch(`http://${server.endpoint}/v3/kv/compaction`, {
    method: 'POST',
    body: JSON.stringify({ revision: String(revision), physical: true }),
  });
  expect(answer.status).to.equal(200);
}
