// A folder of files that changes as a whole: a timestamped folder, a `..data` link to it that is swapped in one step,
// and a link per file (k8s.io/kubernetes pkg/volume/util/atomic_writer.go).

import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';

export interface ProjectedFile {
  /** Relative, without `..`. */
  path: string;
  content: Uint8Array;
  /** Permission bits, e.g. 0o644. */
  mode: number;
  /** A user; absent: the agent's. */
  owner?: number;
}

const groupBits = 0o070;

/**
 * Makes the folder show exactly these files; does nothing, and answers false, when it already does. `now`: milliseconds
 * since the epoch. `prepare`: what is to be done to the new folder before it is shown, e.g. give it to a group.
 */
export async function writeAtomically(
  folder: string,
  files: readonly ProjectedFile[],
  now: number,
  prepare: (fresh: string) => Promise<void> = async () => undefined,
): Promise<boolean> {
  await openToAll(folder);
  const current = await readlink(join(folder, '..data')).catch(() => undefined);
  if (current && (await shows(join(folder, current), files))) return false;
  await removeLeftovers(folder, current);

  const stamp = new Date(now).toISOString().slice(0, 19).replace(/[-T:]/g, '_');
  const fresh = `..${stamp}.${randomBytes(4).readUInt32LE()}`;
  await mkdir(join(folder, fresh), { mode: 0o755 });
  for (const file of files) await writeProjected(join(folder, fresh, file.path), file);
  await prepare(join(folder, fresh));
  await symlink(fresh, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  await linkEntries(folder, files);
  if (current) await rm(join(folder, current), { recursive: true, force: true });
  return true;
}

/** What a group or the memory it lies in adds to that stays. */
async function openToAll(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { mode } = await stat(folder);
  if ((mode & 0o777) !== 0o777) await chmod(folder, (mode & 0o7000) | 0o777);
}

/** Of an agent that was ended in the middle. */
async function removeLeftovers(folder: string, current: string | undefined): Promise<void> {
  const hidden = (await readdir(folder)).filter((name) => name.startsWith('..') && name !== '..data');
  for (const name of hidden) {
    if (name !== current) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function writeProjected(path: string, file: ProjectedFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await writeFile(path, file.content, { mode: 0o600 });
  await chmod(path, possibleMode(file));
  if (file.owner !== undefined && file.owner !== userInfo().uid && mayGive())
    await chown(path, file.owner, -1);
}

const mayGive = () => userInfo().uid === 0;

/** What cannot be given to its owner is for all who see it: the folders above keep others of the board out. */
function possibleMode({ mode, owner }: ProjectedFile): number {
  return owner === undefined || owner === userInfo().uid || mayGive() ? mode : mode | 0o044;
}

/** Links for what is new, none for what is gone: always through `..data`, so that they never need to change. */
async function linkEntries(folder: string, files: readonly ProjectedFile[]): Promise<void> {
  const wanted = new Set(files.map(({ path }) => path.split('/')[0] ?? path));
  const present = (await readdir(folder)).filter((name) => !name.startsWith('..'));
  for (const name of present) if (!wanted.has(name)) await rm(join(folder, name), { force: true });
  for (const name of wanted)
    if (!present.includes(name)) await symlink(join('..data', name), join(folder, name));
}

/** A group may have been given more since it was written. */
async function shows(folder: string, files: readonly ProjectedFile[]): Promise<boolean> {
  try {
    const present = await readdir(folder, { recursive: true, withFileTypes: true });
    if (present.filter((entry) => !entry.isDirectory()).length !== files.length) return false;
    for (const file of files) {
      const whole = join(folder, file.path);
      const mode = (await stat(whole)).mode & 0o777;
      if ((mode & ~groupBits) !== (possibleMode(file) & ~groupBits)) return false;
      if (!(await readFile(whole)).equals(file.content)) return false;
    }
    return true;
  } catch {
    return false;
  }
}
