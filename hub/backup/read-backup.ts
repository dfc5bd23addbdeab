// A backup read back. Nothing of it counts before it has been read to its end once: only then its checksum is known to
// match.

import { createReadStream } from 'node:fs';
import { UserError } from '../../shared/base/index.ts';
import type { Material } from '../material/index.ts';
import type { BackupHeader } from './backup-header.ts';
import { type BackupRecord, type StoredEntry, unpacked } from './backup-records.ts';
import { unframed } from './frame.ts';
import { openedBody, sealOf } from './seal-body.ts';

export interface BackupSummary {
  header: BackupHeader;
  /** Absent where it is sealed and no passphrase was given: then only the checksum was looked at. */
  material?: Material;
}

export interface OpenedBackup {
  header: BackupHeader;
  records: AsyncIterable<BackupRecord>;
}

/** Only what it says of itself. */
export async function readBackupHeader(path: string): Promise<BackupHeader> {
  return named(path, async () => {
    const { header, body } = await unframed(chunksOf(path));
    await body[Symbol.asyncIterator]().return?.();
    return header;
  });
}

/** Reads all of it. Throws UserError, naming the file, for whatever is wrong with it. */
export function verifyBackup(path: string, passphrase: string | undefined): Promise<BackupSummary> {
  return named(path, async () => {
    const { header, head, body } = await unframed(chunksOf(path));
    if (header.sealed && passphrase === undefined) {
      for await (const _ of body);
      return { header };
    }
    const records = await recordsOf({ header, head, body }, passphrase);
    return { header, material: await checkRecords(header, records) };
  });
}

/** The objects of a backup that was verified; `path` must not have changed since. */
export async function* entriesOf(path: string, passphrase: string | undefined): AsyncGenerator<StoredEntry> {
  const framed = await unframed(chunksOf(path));
  for await (const record of await recordsOf(framed, passphrase)) if ('key' in record) yield record;
}

async function recordsOf(
  { header, head, body }: Awaited<ReturnType<typeof unframed>>,
  passphrase: string | undefined,
): Promise<AsyncIterable<BackupRecord>> {
  if (!header.sealed) return unpacked(body);
  if (passphrase === undefined)
    throw new UserError('it is sealed: name the file of its passphrase with --passphrase-file');
  return unpacked(openedBody(await sealOf(passphrase, header.sealed), head, body));
}

async function checkRecords(header: BackupHeader, records: AsyncIterable<BackupRecord>): Promise<Material> {
  let material: Material = {};
  let objects = 0;
  let end: number | undefined;
  for await (const record of records) {
    if ('key' in record) objects += 1;
    else if ('end' in record) end = record.end;
    else material = record.material;
  }
  if (end !== objects || objects !== header.objects)
    throw new UserError(`it is not whole: it has ${objects} objects of ${header.objects}`);
  return material;
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) yield chunk;
}

/** With the file's name in front of what is wrong. */
async function named<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${path}: ${error.message}`, { cause: error });
    if (error instanceof Error && 'code' in error && typeof error.code === 'string')
      throw new UserError(`cannot read ${path}: ${error.message}`, { cause: error });
    throw error;
  }
}
