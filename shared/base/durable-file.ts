// Small files that must survive a crash: what is written is the old content or the new, never half of one.

import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces `path` durably: written beside it, synced, renamed, and the folder synced. `mode` as in chmod. */
export async function writeFileDurably(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  const beside = `${path}.new`;
  await writeSynced(beside, content, { mode, flag: 'w' });
  await rename(beside, path);
  await syncFolder(dirname(path));
}

/** Resolves when the content is on disk; the name is only once its folder is synced. `mode` as in chmod. */
export async function writeSynced(
  path: string,
  content: string | Uint8Array,
  { mode, flag }: { mode: number; flag: 'w' | 'wx' },
): Promise<void> {
  const file = await open(path, flag, mode);
  try {
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Resolves when the names in it are on disk. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The file's text; undefined: there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
