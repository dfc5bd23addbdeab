// `kelp restore`: works on the files of a hub that does not run.

import { kelpHome } from '../../../shared/base/index.ts';
import { passphraseIn, restoreBackup } from '../../backup/index.ts';
import type { Terminal } from '../command.ts';

export interface RestoreFlags {
  store: string;
  storeCaFile: string;
  storeCertFile: string;
  storeKeyFile: string;
  storeUserFile: string;
  dataDir?: string;
  force?: boolean;
  passphraseFile?: string;
  encryptionKeyFile?: string;
  clusterKeyFile?: string;
}

export async function restore(file: string, flags: RestoreFlags, { out, err, env }: Terminal): Promise<void> {
  const { force = false, passphraseFile, encryptionKeyFile, store, storeCaFile, storeCertFile } = flags;
  const { storeKeyFile, storeUserFile, clusterKeyFile } = flags;
  const { header, above, epoch, place } = await restoreBackup({
    file,
    dataDir: flags.dataDir ?? kelpHome(env),
    force,
    store: { store, storeCaFile, storeCertFile, storeKeyFile, storeUserFile },
    ...(passphraseFile && { passphrase: await passphraseIn(passphraseFile) }),
    ...(encryptionKeyFile && { encryptionKeyFile }),
    ...(clusterKeyFile && { clusterKeyFile }),
    warn: (text) => err.write(`Warning: ${text}\n`),
  });
  out.write(
    `${place} has the ${header.objects} objects of ${header.time} now, at revisions above ${above}\n`,
  );
  out.write(`epoch ${epoch}: start the hub, and agents and watchers bring themselves up to date\n`);
}
