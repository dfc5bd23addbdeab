// What all hubs of a cluster have in common, where they share a store: taken or offered before anything else is made, and
// followed afterwards. A hub whose store is its own has it for itself.

import { join } from 'node:path';
import type { Clock } from '../shared/base/index.ts';
import { adminToken } from './admin-token.ts';
import type { HubConfig } from './config.ts';
import { Encryption, type EncryptionOptions, sealedCell } from './encryption/index.ts';
import {
  FileReplacement,
  type MaterialName,
  settleMaterial,
  sharedFile,
  shareMaterial,
} from './material/index.ts';
import { CertificateAuthority, serviceAccountKey } from './pki/index.ts';
import { createSharedCell } from './store/index.ts';

export interface CommonMaterial {
  /** How new encryption keys get to the other hubs; nothing where there are none. */
  forEncryption: Pick<EncryptionOptions, 'publish' | 'settled'>;
  /** How those of other hubs get here. */
  forStore: { onMaterial?: (raw: string) => void };
}

const keysName: MaterialName = 'encryption.keys';
/** Longer than a commit of another hub takes that was encrypted just before it heard of new keys. */
const longestCommitMs = 12_000;

export function keyFileOf({ encryptionKeyFile, dataDir }: HubConfig): string {
  return encryptionKeyFile || join(dataDir, keysName);
}

/** `adopt` hears the encryption keys that another hub has made. Throws UserError for a data directory of another cluster. */
export async function commonMaterial(
  config: HubConfig,
  encryption: Pick<EncryptionOptions, 'prefixes' | 'log'>,
  adopt: (keys: string) => void,
  clock: Clock,
): Promise<CommonMaterial> {
  const cell = await createSharedCell(config);
  if (!cell) return { forEncryption: {}, forStore: {} };
  // A restore may have been killed when it had replaced what is there, and not yet what is here.
  await FileReplacement.decide(config.dataDir, () => cell.epoch());
  const shared = await sealedCell(cell, config.clusterKeyFile);
  // Whoever names a file for the keys takes it to all hubs.
  const apart = config.encryptionKeyFile ? [keysName] : [];
  await settleMaterial({ dataDir: config.dataDir, shared, apart, make: () => make(config, encryption) });
  if (apart.length > 0) return { forEncryption: {}, forStore: {} };
  return {
    forEncryption: {
      publish: (change) => shareMaterial(shared, keysName, change),
      settled: () => clock.sleep(longestCommitMs),
    },
    forStore: {
      onMaterial: (raw) => {
        const keys = sharedFile(shared.opened(raw), keysName, shared.place);
        if (keys !== undefined) adopt(keys);
      },
    },
  };
}

/** Everything that a first hub makes for its cluster. */
async function make(config: HubConfig, options: Pick<EncryptionOptions, 'prefixes' | 'log'>): Promise<void> {
  const pki = join(config.dataDir, 'pki');
  await new CertificateAuthority({ directory: pki }).start();
  await serviceAccountKey(pki);
  await adminToken(config.dataDir);
  const encryption = new Encryption({ ...options, keyFile: keyFileOf(config) });
  await encryption.load();
  await encryption.start();
}
