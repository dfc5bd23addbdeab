// Who this board is, kept in its data folder once it has joined: `hub.json`, `ca.crt`, `node.crt`, `node.key` (mode 600).

import { join } from 'node:path';
import { makeFolder, readIfThere, UserError, writeFileDurably } from '../../shared/base/index.ts';
import { isPair } from '../../shared/pki/index.ts';

export interface Identity {
  nodeName: string;
  /** e.g. `https://hub.local:6443` */
  hub: string;
  /** Port of the hub's broker. */
  mqttPort: number;
  /** PEM */
  ca: string;
  /** PEM */
  certificate: string;
  /** PEM */
  key: string;
}

const files = { ca: 'ca.crt', certificate: 'node.crt', key: 'node.key', hub: 'hub.json' } as const;

/** Undefined: this data folder has not joined. Throws UserError when it is damaged. */
export async function loadIdentity(directory: string): Promise<Identity | undefined> {
  const texts = await Promise.all(Object.values(files).map((file) => readIfThere(join(directory, file))));
  const [ca, certificate, key, hub] = texts;
  if (hub === undefined) return undefined;
  if (!ca || !certificate || !key) {
    throw new UserError(`${directory} has lost part of its identity: remove it and join again with --token`);
  }
  const where = parse(hub);
  if (!where || !isPair({ certificate, key })) {
    throw new UserError(
      `${directory} has a damaged identity (${Object.values(files).join(', ')}): remove these files and join again with --token`,
    );
  }
  const { nodeName, hub: url, mqttPort } = where;
  return { nodeName, hub: url, mqttPort, ca, certificate, key };
}

function parse(text: string): Pick<Identity, 'nodeName' | 'hub' | 'mqttPort'> | undefined {
  try {
    return JSON.parse(text) as Pick<Identity, 'nodeName' | 'hub' | 'mqttPort'>;
  } catch {
    return undefined;
  }
}

/** Writes `hub.json` last: with it, the folder has joined. */
export async function saveIdentity(directory: string, identity: Identity): Promise<void> {
  await makeFolder(directory);
  await writeFileDurably(join(directory, files.ca), identity.ca);
  await writeFileDurably(join(directory, files.key), identity.key, 0o600);
  await writeFileDurably(join(directory, files.certificate), identity.certificate);
  const { nodeName, hub, mqttPort } = identity;
  await writeFileDurably(join(directory, files.hub), `${JSON.stringify({ nodeName, hub, mqttPort })}\n`);
}
