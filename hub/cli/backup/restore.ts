// `kelp restore`: works on the files of a hub that does not run.

import { kelpHome } from '../../../shared/base/index.ts';
import { passphraseIn, restoreBackup } from '../../backup/index.ts';
import type { Terminal } from '../command.ts';

export interface RestoreFlags {
  dataDir?: string;
  force?: boolean;
  passphraseFile?: string;
  encryptionKeyFile?: string;
}

export async function restore(file: string, flags: RestoreFlags, { out, err, env }: Terminal): Promise<void> {
  const { force = false, passphraseFile, encryptionKeyFile } = flags;
  const dataDir = flags.dataDir ?? kelpHome(env);
  const { header, revision, epoch } = await restoreBackup({
    file,
    dataDir,
    force,
    ...(passphraseFile && { passphrase: await passphraseIn(passphraseFile) }),
    ...(encryptionKeyFile && { encryptionKeyFile }),
    warn: (text) => err.write(`Warning: ${text}\n`),
  });
  out.write(`${dataDir} has the ${header.objects} objects of ${header.time} now, at revision ${revision}\n`);
  out.write(`epoch ${epoch}: start the hub, and agents and watchers bring themselves up to date\n`);
}
