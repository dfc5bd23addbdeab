// Puts a backup in the place of a hub's state while no hub runs. All of it, or nothing: what is there stays as it is until
// everything has been read, checked and written beside it (see FileReplacement).
//
// The cluster goes on in a new epoch, at revisions that nobody has seen: agents compare all they have with what is
// there now, and whoever watches from before is told 410 Gone.

import { randomUUID } from 'node:crypto';
import { makeFolder, UserError } from '../../shared/base/index.ts';
import type { KubeObject } from '../../shared/machinery/index.ts';
import { KeyFile, parseKeys, textChanger } from '../encryption/index.ts';
import { FileReplacement, type Material, readMaterial, stageMaterial } from '../material/index.ts';
import { lockDirectory, type StoreChoice, StoreError } from '../store/index.ts';
import type { BackupHeader } from './backup-header.ts';
import { entriesOf, verifyBackup } from './read-backup.ts';
import { type RestoreTarget, targetOf } from './restore-target.ts';

export interface RestoreOptions {
  file: string;
  dataDir: string;
  /** Replaces a cluster that is there. */
  force: boolean;
  passphrase?: string;
  /** Where the objects go, as the hub's options say it. */
  store: StoreChoice;
  /** Where the hub has its keys, if not in the data directory: they are added to those that are there. */
  encryptionKeyFile?: string;
  /** Seals what several hubs have in common in etcd. */
  clusterKeyFile?: string;
  /** What a person should know of. */
  warn(text: string): void;
}

export interface Restored {
  header: BackupHeader;
  epoch: string;
  /** All revisions of the restored cluster are greater. */
  above: number;
  /** Where the objects are. */
  place: string;
}

/**
 * Between the newest revision that is known and the first that is given out: the cluster may have gone on after the backup,
 * on a machine that is lost, and what it gave out there must not come again. As `etcdutl snapshot restore --bump-revision`
 * is advised to be used.
 */
export const revisionGap = 1_000_000_000;

/** Throws UserError, with everything as it was, for a backup that is not whole, and a place that is in use or has a cluster. */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { file, dataDir, passphrase } = options;
  const { header, material } = await verifyBackup(file, passphrase);
  if (!material)
    throw new UserError(`${file} is sealed: name the file of its passphrase with --passphrase-file`);
  await makeFolder(dataDir);
  const lock = await lockedFor(dataDir);
  try {
    return await replaceAll(options, header, material);
  } catch (error) {
    throw isTold(error)
      ? new UserError(`cannot restore to ${dataDir}: ${error.message}`, { cause: error })
      : error;
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

async function replaceAll(
  options: RestoreOptions,
  header: BackupHeader,
  material: Material,
): Promise<Restored> {
  const { dataDir, clusterKeyFile = '', store } = options;
  const target = await targetOf({ store, dataDir, clusterKeyFile });
  try {
    const replacement = await FileReplacement.begin(dataDir);
    try {
      return await replaceWith(options, header, material, target, replacement);
    } catch (error) {
      await replacement.discard();
      throw error;
    }
  } finally {
    target.close();
  }
}

async function replaceWith(
  options: RestoreOptions,
  header: BackupHeader,
  material: Material,
  target: RestoreTarget,
  replacement: FileReplacement,
): Promise<Restored> {
  const { file, passphrase, encryptionKeyFile } = options;
  const epoch = randomUUID();
  const known = await revisionThere(options, target, material);
  await addKeys(material, encryptionKeyFile);
  const placed = encryptionKeyFile === undefined ? material : withoutKeys(material);
  await stageMaterial(replacement, placed);
  const changed = textChanger(material['encryption.keys'], `the keys in ${file}`);
  const entries = async function* (revision: number) {
    for await (const { key, text } of entriesOf(file, passphrase))
      yield { key, text: changed(key, text, (object) => atRevision(object, revision)) };
  };
  const above = Math.max(known, header.revision) + revisionGap;
  await target.prepare({ entries, epoch, above, material: placed }, replacement);
  await target.commit(replacement);
  return { header, epoch, above, place: target.name };
}

/** The revision of the cluster that is to be replaced; 0: there is none. Throws UserError where it must not be replaced. */
async function revisionThere(
  { dataDir, force, warn }: RestoreOptions,
  target: RestoreTarget,
  restored: Material,
): Promise<number> {
  let revision: number | undefined;
  try {
    revision = await target.revision();
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'unusable')) throw error;
    if (force) warn(`the store that is replaced cannot be read: ${error.message}`);
    revision = 0;
  }
  if (force) return revision ?? 0;
  if (revision !== undefined) throw taken(target.name);
  // The same cluster's, or nobody's: a fleet that outgrows its machine keeps them.
  for (const [name, content] of Object.entries(await readMaterial(dataDir)))
    if (Object.entries(restored).some((other) => other[0] === name && other[1] !== content))
      throw taken(dataDir);
  return 0;
}

function taken(place: string): UserError {
  return new UserError(`${place} holds a cluster already: --force puts the backup in its place`);
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

/** Whoever names a file for the keys has it there alone, and takes it to all hubs. */
function withoutKeys({ 'encryption.keys': _, ...others }: Material): Material {
  return others;
}

function atRevision(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

/** What a person can mend: a disk or an etcd that refuses. */
function isTold(error: unknown): error is Error {
  return error instanceof StoreError || (error instanceof Error && 'syscall' in error);
}
