// Fixture verbs for stores in a real etcd.

import { EtcdStore, type EtcdStoreOptions, parseEtcdAddress } from '../../../hub/store/index.ts';
import { systemClock } from '../../../shared/base/index.ts';
import { silent } from '../../contract/store-world.ts';

export function etcdStore(where: string, options: Partial<EtcdStoreOptions> = {}): EtcdStore {
  const address = parseEtcdAddress(`etcd://${where}`);
  return new EtcdStore({ address, clock: systemClock, log: silent, ...options });
}

/** `where`: host:port[,host:port…][/prefix] */
export async function startedEtcdStore(
  where: string,
  options: Partial<EtcdStoreOptions> = {},
): Promise<EtcdStore> {
  const store = etcdStore(where, options);
  await store.start();
  return store;
}
