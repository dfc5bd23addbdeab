// The store's contract, over every implementation.

import { EtcdImage, EtcdStore, MemoryStore, parseEtcdAddress } from '../../hub/store/index.ts';
import { skipWithout } from '../support/cluster.ts';
import { EtcdServer, hasEtcd } from '../support/etcd.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type StoreUnderTest, storeContract } from './store.contract.ts';
import { modelHistory, storeModel } from './store.model.ts';
import { silent, startedStore, temporaryDirectory } from './store-world.ts';

async function memory(): Promise<StoreUnderTest> {
  const clock = new FakeClock();
  const store = new MemoryStore({ clock, log: silent, ...modelHistory });
  await store.start();
  return { store, advance: (ms) => clock.advance(ms), close: () => store.stop() };
}

async function embedded(): Promise<StoreUnderTest> {
  const clock = new FakeClock();
  const directory = temporaryDirectory();
  const store = await startedStore(directory.path, { clock, ...modelHistory });
  return {
    store,
    advance: (ms) => clock.advance(ms),
    close: async () => {
      await store.stop();
      directory.remove();
    },
  };
}

storeContract('MemoryStore', memory);
storeContract('NedbStore', embedded);
storeModel('MemoryStore', memory);
storeModel('NedbStore', embedded);

describe('over a real etcd', () => {
  let server: EtcdServer | undefined;
  let clusters = 0;

  before(async function () {
    if (!hasEtcd) skipWithout(this, 'etcd', 'etcd-server');
    server = await EtcdServer.start();
  });
  after(() => server?.remove());

  async function inEtcd(): Promise<StoreUnderTest> {
    const clock = new FakeClock();
    clusters += 1;
    const address = parseEtcdAddress(`etcd://${server?.endpoint}/cluster-${clusters}`);
    const store = new EtcdStore({ address, clock, log: silent, ...modelHistory });
    await store.start();
    return { store, advance: (ms) => clock.advance(ms), close: () => store.stop() };
  }

  /** Its objects have a folder of their own, and its revisions are ahead of etcd's. */
  async function inRestoredEtcd(): Promise<StoreUnderTest> {
    const address = parseEtcdAddress(`etcd://${server?.endpoint}/cluster-${clusters + 1}`);
    const image = await EtcdImage.open({ address, requestTimeout: 5_000 });
    await image.write((async function* () {})());
    await image.switchTo('restored', 5_000_000, '{}');
    image.close();
    return inEtcd();
  }

  storeContract('EtcdStore', inEtcd);
  storeModel('EtcdStore', inEtcd);
  storeContract('EtcdStore after a restore', inRestoredEtcd);
  storeModel('EtcdStore after a restore', inRestoredEtcd);
});
