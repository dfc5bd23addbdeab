// Replaces several files or folders of a directory together: after kill -9 or a power cut all of them are old, or all are
// new.
//
//   begin ─► <directory>/.replacing.new/…   what is written counts for nothing yet
//   commit ─► renamed to .replacing         from now on it will be done
//          ─► each entry moved into place, then .replacing is removed
//   finish: does what a commit was kept from; removes what was never committed
//
// Where something elsewhere is replaced with them, in one step that succeeds there or does not:
//
//   waitFor(mark) ─► renamed to .replacing.MARK
//   decide(the mark that is there now) ─► goes on as a commit, or is removed

import type { Dirent } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder, writeSynced } from '../../shared/base/index.ts';

const draftName = '.replacing.new';
const committedName = '.replacing';
const waitingName = (mark: string) => `.replacing.${mark}`;
const isWaiting = (name: string) => name.startsWith(waitingName('')) && name !== draftName;

export class FileReplacement {
  private readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes the directory where it is missing. Nobody else may work in it. */
  static async begin(directory: string): Promise<FileReplacement> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await FileReplacement.finish(directory);
    await mkdir(join(directory, draftName), { mode: 0o700 });
    return new FileReplacement(directory);
  }

  /** To be called at every start, before anything in the directory is read. */
  static async finish(directory: string): Promise<void> {
    await rm(join(directory, draftName), { recursive: true, force: true });
    await moveAll(join(directory, committedName), directory);
  }

  /** Where an entry (a file, or a whole folder: the first part of its name) is prepared. */
  path(name: string): string {
    return join(this.directory, draftName, name);
  }

  /** A file that will be `name`; the folders above it stay as they are. */
  async write(name: string, content: string | Uint8Array, mode: number): Promise<void> {
    const path = this.path(name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeSynced(path, content, { mode, flag: 'wx' });
  }

  /** A folder that will take the place of the one of that name, with all that is in it; the caller syncs its files. */
  async folder(name: string): Promise<string> {
    // The mark at its end tells it from the folders of single files.
    const path = this.path(`${name}${wholeFolder}`);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  }

  async commit(): Promise<void> {
    await syncFolders(this.path(''));
    await rename(this.path(''), join(this.directory, committedName));
    await syncFolder(this.directory);
    await FileReplacement.finish(this.directory);
  }

  /** Nothing counts yet, and nothing is lost: `decide` says which. */
  async waitFor(mark: string): Promise<void> {
    await syncFolders(this.path(''));
    await rename(this.path(''), join(this.directory, waitingName(mark)));
    await syncFolder(this.directory);
  }

  /** Does what waits for the mark that is there now; all else that waits is removed. Asks only when something waits. */
  static async decide(directory: string, current: () => Promise<string | undefined>): Promise<void> {
    const waiting = (await readdir(directory)).filter(isWaiting);
    if (waiting.length === 0) return;
    const mark = await current();
    for (const name of waiting) {
      if (name !== waitingName(mark ?? '')) await rm(join(directory, name), { recursive: true, force: true });
      else {
        await rename(join(directory, name), join(directory, committedName));
        await syncFolder(directory);
      }
    }
    await FileReplacement.finish(directory);
  }

  async discard(): Promise<void> {
    await rm(this.path(''), { recursive: true, force: true });
  }
}

const wholeFolder = '.whole';

/** Moves what is in `from` over what is in `to`; can be done again from wherever it was cut short. */
async function moveAll(from: string, to: string): Promise<void> {
  const entries = await entriesOf(from);
  if (!entries) return;
  for (const entry of entries) {
    const source = join(from, entry.name);
    if (entry.isDirectory() && !entry.name.endsWith(wholeFolder)) {
      await mkdir(join(to, entry.name), { recursive: true, mode: 0o700 });
      await moveAll(source, join(to, entry.name));
    } else {
      const target = join(to, entry.name.replace(/\.whole$/, ''));
      if (entry.isDirectory()) await rm(target, { recursive: true, force: true });
      await rename(source, target);
    }
  }
  await syncFolder(to);
  await rmdir(from);
}

/** Undefined: there is no such folder. */
async function entriesOf(folder: string): Promise<Dirent[] | undefined> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function syncFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncFolders(join(folder, entry.name));
  }
  await syncFolder(folder);
}
