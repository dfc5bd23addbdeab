// What a hub's backups are made of, and those that it takes of itself.

import { join } from 'node:path';
import { resources } from '../shared/api/index.ts';
import type { Clock, Logger } from '../shared/base/index.ts';
import type { EventRecorder } from '../shared/client/index.ts';
import { versionInfo } from './apiserver/index.ts';
import { type BackupSource, ScheduledBackups } from './backup/index.ts';
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

export interface OwnBackups {
  config: HubConfig;
  source: BackupSource;
  recorder: () => EventRecorder;
  clock: Clock;
  log: Logger;
}

/** Whom Events are about that concern the hub itself. */
const systemNamespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'kube-system', namespace: 'kube-system' },
};

export function ownBackups({ config, source, recorder, clock, log }: OwnBackups): ScheduledBackups {
  return new ScheduledBackups({
    ...{ source, clock, log },
    schedule: config.backupSchedule,
    directory: config.backupDir || join(config.dataDir, 'backups'),
    keep: config.backupKeep,
    passphraseFile: config.backupPassphraseFile,
    onFailure: (why) => recorder().from('kelp-hub').event(systemNamespace, 'Warning', 'BackupFailed', why),
  });
}
