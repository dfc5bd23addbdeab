// The key that signs the tokens of service accounts: made at the first start, kept in `<directory>/sa.key` (mode 600) and
// `sa.pub`. Whoever loses it ends every token.

import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readIfThere, UserError, writeFileDurably } from '../../shared/base/index.ts';

export interface SigningKey {
  /** EC, P-256. */
  privateKey: KeyObject;
  publicKey: KeyObject;
}

const generate = promisify(generateKeyPair);

/** Loads the key, or makes one where there is none. Throws UserError for a file that is none. */
export async function serviceAccountKey(directory: string): Promise<SigningKey> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'sa.key');
  const known = await readIfThere(path);
  const privateKey = known === undefined ? await make(path) : parse(known, path);
  const publicKey = createPublicKey(privateKey);
  const publicPath = join(directory, 'sa.pub');
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  if ((await readIfThere(publicPath)) !== pem) await writeFileDurably(publicPath, pem);
  return { privateKey, publicKey };
}

async function make(path: string): Promise<KeyObject> {
  const { privateKey } = await generate('ec', { namedCurve: 'P-256' });
  await writeFileDurably(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600);
  return privateKey;
}

function parse(pem: string, path: string): KeyObject {
  const fault = `${path} holds no EC private key of curve P-256: put it back from a backup, or remove it to make a new one`;
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new UserError(fault, { cause });
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new UserError(fault);
  return key;
}
