// Writers, and everything that can happen to their connection meanwhile. Each writer has a key of its own and counts in it,
// one up a commit: a write that is lost, made twice or answered wrongly shows as a conflict or as a gap in what is heard.

import { expect } from 'chai';
import { type Change, type EtcdStore, StoreError } from '../../../hub/store/index.ts';
import { imageOf, listen, pod, podKey } from '../../contract/store-world.ts';
import { skipWithout } from '../../support/cluster.ts';
import { EtcdServer, hasEtcd } from '../../support/etcd.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { until } from '../../support/until.ts';
import { startedEtcdStore } from './etcd-world.ts';

const nightly = process.env.KELP_NIGHTLY !== undefined;
const writers = ['a', 'b', 'c', 'd', 'e', 'f'];
const faults = nightly ? 150 : 12;

interface Tally {
  answered: number;
  deleted: number;
}

describe('writers to etcd under faults', function () {
  this.timeout(nightly ? 900_000 : 60_000);
  let server: EtcdServer;
  let proxy: FaultyProxy;
  let store: EtcdStore;
  let observer: EtcdStore;

  before(async function () {
    if (!hasEtcd) skipWithout(this, 'etcd', 'etcd-server');
    server = await EtcdServer.start();
    proxy = await FaultyProxy.before(server.ports.client);
    const patient = { requestTimeout: 700, commitTimeout: 60_000 };
    store = await startedEtcdStore(`127.0.0.1:${proxy.port}`, patient);
    observer = await startedEtcdStore(server.endpoint, patient);
  });
  after(async () => {
    await Promise.all([store?.stop(), observer?.stop()]);
    await proxy?.close();
    await server?.remove();
  });

  it('are answered rightly, each write once, and both hubs hear the same', async () => {
    const ear = listen(store, '/');
    const observed = listen(observer, '/');
    const ending = new AbortController();
    const working = writers.map((name) => countUp(store, name, ending.signal));
    const working2 = countUp(observer, 'beside', ending.signal);
    for (let fault = 0; fault < faults; fault++) await strike(fault);
    ending.abort();
    const tallies = await Promise.all([...working, working2]);
    const total = tallies.reduce((sum, { answered }) => sum + answered, 0);
    expect(total, 'commits').to.be.greaterThan(faults * 5);
    await until(
      'all of it to be heard',
      () => Math.min(ear.changes.length, observed.changes.length) >= total,
    );
    expect(ear.heard()).to.deep.equal(observed.heard());
    expect(ear.changes).to.have.length(total);
    for (const name of [...writers, 'beside'])
      checkCounting(ear.changes.filter(({ key }) => key === podKey(name)));
  });

  async function strike(fault: number): Promise<void> {
    const kinds = [
      () => proxy.cut(),
      () => held('answers'),
      () => held('requests'),
      () => held('everything'),
      nightly || fault === faults - 1 ? () => restart() : () => proxy.cut(),
    ];
    await kinds[fault % kinds.length]?.();
    // Some commits between two faults.
    const { revision } = observer;
    await until('commits to go on', () => observer.revision > revision + 20, 30_000);
  }

  async function held(what: 'answers' | 'requests' | 'everything'): Promise<void> {
    const { revision } = observer;
    proxy.hold(what);
    await until('others to commit', () => observer.revision > revision + 5);
    proxy.cut();
    proxy.hold('nothing');
  }

  async function restart(): Promise<void> {
    await server.kill();
    await server.start();
  }
});

/** Creates, changes and deletes its key, always expecting what it was answered last. */
async function countUp(store: EtcdStore, name: string, signal: AbortSignal): Promise<Tally> {
  const key = podKey(name);
  let expected = 0;
  const tally = { answered: 0, deleted: 0 };
  while (!signal.aborted) {
    const remove = expected > 0 && tally.answered % 5 === 4;
    const write = { key, expected, ...(!remove && { object: pod(name, String(tally.answered)) }) };
    const [answer] = await store.commit([write]).catch((error: unknown) => {
      const why = error instanceof StoreError ? `${error.code}: ${error.message}` : String(error);
      throw new Error(`${name}, ${remove ? 'deletion' : 'put'} ${tally.answered}: ${why}`);
    });
    expected = remove ? 0 : Number(answer?.metadata.resourceVersion);
    tally.answered += 1;
    if (remove) tally.deleted += 1;
  }
  return tally;
}

function checkCounting(changes: readonly Change[]): void {
  const counted = changes.map(({ object }) => (object ? Number(imageOf(object)) : 'deleted'));
  const expected = changes.map((_, at) => (at % 5 === 4 ? 'deleted' : at));
  expect(counted).to.deep.equal(expected);
}
