// The store's contract, over every implementation.

import { MemoryStore } from '../../hub/store/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type StoreUnderTest, storeContract } from './store.contract.ts';
import { storeModel } from './store.model.ts';
import { silent, startedStore, temporaryDirectory } from './store-world.ts';

const history = { historyLimit: 20, historyAge: 60_000 };

async function memory(): Promise<StoreUnderTest> {
  const clock = new FakeClock();
  const store = new MemoryStore({ clock, log: silent, ...history });
  await store.start();
  return { store, advance: (ms) => clock.advance(ms), close: () => store.stop() };
}

async function embedded(): Promise<StoreUnderTest> {
  const clock = new FakeClock();
  const directory = temporaryDirectory();
  const store = await startedStore(directory.path, { clock, ...history });
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
