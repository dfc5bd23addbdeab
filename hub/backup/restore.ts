// Puts a backup in the place of a hub's state while no hub runs. All of it, or nothing: what is there stays as it is until
// everything has been read, checked and written beside it (see FileReplacement).
//
// The cluster goes on in a new epoch, at revisions that nobody has seen: agents compare all they have with what is
// there now, and whoever watches from before is told 410 Gone.

import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../shared/base/index.ts';
import type { KubeObject } from '../../shared/machinery/index.ts';
import { KeyFile, parseKeys, textChanger } from '../encryption/index.ts';
import { FileReplacement, type Material, readMaterial, stageMaterial } from '../material/index.ts';
import { lockDirectory, revisionOfStore, StoreError, writeStoreImage } from '../store/index.ts';
import type { BackupHeader } from './backup-header.ts';
import { entriesOf, verifyBackup } from './read-backup.ts';

export interface RestoreOptions {
  file: string;
  dataDir: string;
  /** Replaces a cluster that is there. */
  force: boolean;
  passphrase?: string;
  /** Where the hub has its keys, if not in the data directory: they are added to those that are there. */
  encryptionKeyFile?: string;
  /** What a person should know of. */
  warn(text: string): void;
}

export interface Restored {
  header: BackupHeader;
  epoch: string;
  /** Of all restored objects. */
  revision: number;
}

/**
 * Between the newest revision that is known and the first that is given out: the cluster may have gone on after the backup,
 * on a machine that is lost, and what it gave out there must not come again. As `etcdutl snapshot restore --bump-revision`
 * is advised to be used.
 */
export const revisionGap = 1_000_000_000;

/** Throws UserError, with everything as it was, for a backup that is not whole, and a directory that is in use or has a cluster. */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { file, dataDir, passphrase } = options;
  const { header, material } = await verifyBackup(file, passphrase);
  if (!material)
    throw new UserError(`${file} is sealed: name the file of its passphrase with --passphrase-file`);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockedFor(dataDir);
  try {
    await FileReplacement.finish(dataDir);
    const known = await revisionThere(options);
    await addKeys(material, options.encryptionKeyFile);
    return await replaceAll(options, header, material, Math.max(known, header.revision) + revisionGap);
  } finally {
    await lock.release();
  }
}

async function lockedFor(dataDir: string) {
  try {
    return await lockDirectory(dataDir);
  } catch (error) {
    if (error instanceof StoreError)
      throw new UserError(`cannot restore while a hub runs: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The revision of the cluster that is to be replaced; 0: there is none. */
async function revisionThere({ dataDir, force, warn }: RestoreOptions): Promise<number> {
  const material = Object.keys(await readMaterial(dataDir));
  let revision: number | undefined;
  try {
    revision = await revisionOfStore(join(dataDir, 'store'));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (force) warn(`the store that is replaced cannot be read (${error.message})`);
    revision = 0;
  }
  if (!force && (revision !== undefined || material.length > 0))
    throw new UserError(`${dataDir} holds a cluster already: --force puts the backup in its place`);
  return revision ?? 0;
}

/** More keys do no harm, also if nothing comes of the rest. */
async function addKeys(material: Material, path: string | undefined): Promise<void> {
  const content = material['encryption.keys'];
  if (path === undefined || content === undefined) return;
  const file = new KeyFile(path);
  const restored = parseKeys(content, path);
  const others = (await file.read()).filter(({ id }) => !restored.some((key) => key.id === id));
  await file.write([...restored, ...others]);
}

async function replaceAll(
  { file, dataDir, passphrase }: RestoreOptions,
  header: BackupHeader,
  material: Material,
  revision: number,
): Promise<Restored> {
  const epoch = randomUUID();
  const replacement = await FileReplacement.begin(dataDir);
  try {
    await stageMaterial(replacement, material);
    const changed = textChanger(material['encryption.keys'], `the keys in ${file}`);
    async function* entries() {
      for await (const { key, text } of entriesOf(file, passphrase))
        yield { key, text: changed(key, text, (object) => atRevision(object, revision)) };
    }
    await writeStoreImage(await replacement.folder('store'), { epoch, revision, entries: entries() });
  } catch (error) {
    await replacement.discard();
    throw isOfDisk(error)
      ? new UserError(`cannot restore to ${dataDir}: ${error.message}`, { cause: error })
      : error;
  }
  await replacement.commit();
  return { header, epoch, revision };
}

export function atRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function isOfDisk(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
