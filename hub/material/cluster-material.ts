// What has to be the same on all hubs of a cluster, and be in its backups, beside the objects: whom boards and people
// trust, and what opens encrypted objects. The one list; everything else under a data directory is made from it.

import { join } from 'node:path';
import { readIfThere, UserError } from '../../shared/base/index.ts';
import { FileReplacement } from './file-replacement.ts';

export interface MaterialFile {
  /** Under the data directory. */
  readonly name: MaterialName;
  readonly mode: number;
  /** For messages. */
  readonly what: string;
}

export type MaterialName = 'pki/ca.key' | 'pki/ca.crt' | 'pki/sa.key' | 'tokens.csv' | 'encryption.keys';

export const clusterMaterial: readonly MaterialFile[] = [
  { name: 'pki/ca.key', mode: 0o600, what: 'key of the certificate authority' },
  { name: 'pki/ca.crt', mode: 0o644, what: 'certificate of the certificate authority' },
  { name: 'pki/sa.key', mode: 0o600, what: 'key that signs the tokens of service accounts' },
  { name: 'tokens.csv', mode: 0o600, what: 'bearer tokens' },
  { name: 'encryption.keys', mode: 0o600, what: 'keys of encrypted objects' },
];

/** Name → content, of the files that are there. */
export type Material = Readonly<Partial<Record<MaterialName, string>>>;

/** `elsewhere`: paths of files that an option has put outside of the data directory. */
export async function readMaterial(
  dataDir: string,
  elsewhere: Partial<Record<MaterialName, string>> = {},
): Promise<Material> {
  const material: Partial<Record<MaterialName, string>> = {};
  for (const { name } of clusterMaterial) {
    const content = await readIfThere(elsewhere[name] ?? join(dataDir, name));
    if (content !== undefined) material[name] = content;
  }
  return material;
}

/** Puts the files into the data directory: after a crash all of them are there, or none (see FileReplacement.finish). */
export async function writeMaterial(dataDir: string, material: Material): Promise<void> {
  const replacement = await FileReplacement.begin(dataDir);
  await stageMaterial(replacement, material);
  await replacement.commit();
}

/** As part of a larger replacement. */
export async function stageMaterial(replacement: FileReplacement, material: Material): Promise<void> {
  for (const { name, mode } of clusterMaterial) {
    const content = material[name];
    if (content !== undefined) await replacement.write(name, content, mode);
  }
}

/** Takes what another machine has sent. Throws UserError for what is no material. */
export function parseMaterial(value: unknown): Material {
  if (typeof value !== 'object' || value === null)
    throw new UserError('the cluster material is no map of files');
  const material: Partial<Record<MaterialName, string>> = {};
  for (const [name, content] of Object.entries(value)) {
    const known = clusterMaterial.find((file) => file.name === name);
    if (!known || typeof content !== 'string')
      throw new UserError(
        `the cluster material has ${JSON.stringify(name)}, which this version does not know`,
      );
    material[known.name] = content;
  }
  return material;
}
