// The embedded store's file, made and looked at while no store runs: what a restore needs.

import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../shared/base/index.ts';
import { Datafile } from './datafile/datafile.ts';
import { encodeLine } from './datafile/record.ts';
import { replay } from './datafile/replay.ts';
import type { Key } from './store.ts';
import type { StoredText } from './stored-text.ts';

export interface StoreImage {
  epoch: string;
  /** Of every object; what the store commits is newer, and watches from before it are refused. */
  revision: number;
  /** The objects' texts, with that revision in them. */
  entries: AsyncIterable<{ key: Key; text: string }>;
}

/** Bytes of one append. */
const pieceBytes = 1024 * 1024;

/** Makes the file of a store in an empty directory. Resolves when it is on disk. */
export async function writeStoreImage(
  directory: string,
  { epoch, revision, entries }: StoreImage,
): Promise<void> {
  const header = encodeLine({ type: 'header', epoch, reserved: revision + 1 });
  const file = await Datafile.open(directory, () => header);
  try {
    let lines: string[] = [];
    let bytes = 0;
    for await (const { key, text } of entries) {
      const line = encodeLine({ type: 'put', key, revision, text });
      lines.push(line);
      bytes += line.length;
      if (bytes < pieceBytes) continue;
      await file.append(Buffer.from(lines.join('')));
      lines = [];
      bytes = 0;
    }
    if (lines.length > 0) await file.append(Buffer.from(lines.join('')));
  } finally {
    await file.close();
  }
}

/** Only revisions are of interest: objects need not be opened. */
const unread: StoredText = {
  encode: () => '',
  decode: () => ({ metadata: { resourceVersion: '0' } }),
  isCurrent: () => true,
};

/** The revision that the store in that directory has reached; undefined: there is none. Throws 'unusable'. */
export async function revisionOfStore(directory: string): Promise<number | undefined> {
  const path = join(directory, 'store.db');
  try {
    const file = await open(path, 'r');
    try {
      return (await replay(file, path, unread)).revision;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
