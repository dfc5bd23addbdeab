// What a hub's backups are made of.

import { resources } from '../shared/api/index.ts';
import type { Clock } from '../shared/base/index.ts';
import { versionInfo } from './apiserver/index.ts';
import type { BackupSource } from './backup/index.ts';
import type { HubConfig } from './config.ts';
import type { Encryption } from './encryption/index.ts';
import { readMaterial } from './material/index.ts';
import type { Store } from './store/index.ts';

export interface BackedUp {
  config: Pick<HubConfig, 'dataDir'>;
  store: Store;
  encryption: Pick<Encryption, 'freeze'>;
  clock: Clock;
}

export function backupSourceOf({ config, store, encryption, clock }: BackedUp): BackupSource {
  const inMemory = resources.filter(({ retention }) => retention === 'memory');
  return {
    store,
    clock,
    version: versionInfo.gitVersion,
    // The keys of the very moment: a change of them while the backup is written must not lock it.
    freeze: async () => {
      const { text, keys } = encryption.freeze();
      const files = await readMaterial(config.dataDir);
      return { text, material: { ...files, ...(keys !== undefined && { 'encryption.keys': keys }) } };
    },
    volatile: inMemory.map(({ group, resource }) => `/${group || 'core'}/${resource}/`),
  };
}
