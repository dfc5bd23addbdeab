// Asks the hub about its keys. The keys themselves never leave it: they are shown by id.

import type { Api } from '../api.ts';
import type { Terminal } from '../command.ts';

const path = '/kelp/v1/encryption';

interface Status {
  resources: string[];
  /** Ids, the newest first. */
  keys: string[];
  keyFile: string;
}

interface Rotation {
  current?: string;
  removed: string[];
}

export async function showEncryption(api: Api, { out }: Terminal): Promise<void> {
  const { body } = await api.call(path);
  const { resources, keys, keyFile } = body as Status;
  const [current = 'none yet', ...old] = keys;
  out.write(`encrypted at rest: ${resources.join(', ') || 'nothing'}\n`);
  out.write(`keys in ${keyFile}: ${current}\n`);
  if (old.length > 0)
    out.write(`still needed: ${old.join(', ')} ('kelp encryption rotate' finishes the change)\n`);
}

export async function rotateKey(api: Api, { out, err }: Terminal): Promise<void> {
  const patience = setTimeout(() => err.write('everything encrypted is being written anew …\n'), 1_000);
  const { body } = await api.call(`${path}/rotate`, { method: 'POST' }).finally(() => clearTimeout(patience));
  const { current, removed } = body as Rotation;
  if (current === undefined)
    out.write('nothing is encrypted at rest any more (encryptedResources is empty)\n');
  else out.write(`encrypted with key ${current} now\n`);
  if (removed.length > 0)
    out.write(`no longer needed: ${removed.join(', ')} (backups bring their own keys)\n`);
}
