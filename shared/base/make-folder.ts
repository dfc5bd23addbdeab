// A folder and those above it.

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskReason, errorCode } from './disk-error.ts';
import { UserError } from './user-error.ts';

/**
 * Makes what is missing, with `mode`. Throws UserError where there can be none. Not by Node's own `recursive`: in a folder
 * that takes no folders, such as /proc, it tries for ever.
 */
export async function makeFolder(path: string, mode = 0o700): Promise<void> {
  try {
    await makeMissing(path, mode);
  } catch (error) {
    const why = errorCode(error) === 'ENOENT' ? 'nothing can be made there' : diskReason(error);
    throw new UserError(`cannot make the folder ${path}: ${why}`, { cause: error });
  }
}

async function makeMissing(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (await isFolder(path)) return;
    const parent = dirname(path);
    if (errorCode(error) === 'EEXIST') throw new UserError('there is something else of this name');
    if (errorCode(error) !== 'ENOENT' || (await isFolder(parent))) throw error;
    await makeMissing(parent, mode);
    await makeMissing(path, mode);
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
