// Unpacks a tar stream into a folder and nowhere else, whatever the archive says: no path and no link leads out of it,
// nothing is written through a link, and no device is made.

import { chmod, lchown, link, lstat, mkdir, open, readdir, rm, symlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import type { DiskRoom } from './disk-room.ts';
import { resolveInside } from './resolve-inside.ts';

export interface UnpackRules {
  into: string;
  /**
   * `layer`: of an image that gets a root file system of its own, over what earlier layers left: whiteouts remove, owners
   * are kept where we may. `app`: lies on the board, where links must stay within and what was unpacked is not changed.
   */
  as: 'layer' | 'app';
  room: DiskRoom;
}

const mostEntries = 1_000_000;
const longestPath = 4096;
const opaque = '.wh..wh..opq';
const whiteout = '.wh.';

/** Answers the bytes of all files. Throws naming the entry that it does not take. */
export async function unpackTar(stream: Readable, rules: UnpackRules): Promise<number> {
  const unpacking = new Unpacking(rules);
  const entries = extract();
  const fed = pipeline(stream, entries);
  fed.catch(() => {}); // The loop throws it.
  for await (const entry of entries) {
    await unpacking.take(entry.header, entry);
    entry.resume();
  }
  await fed;
  return unpacking.bytes;
}

class Unpacking {
  bytes = 0;
  private entries = 0;
  private readonly rules: UnpackRules;
  /** Paths of this archive: an opaque whiteout removes only what was there before. */
  private readonly made = new Set<string>();

  constructor(rules: UnpackRules) {
    this.rules = rules;
  }

  async take(header: Header, content: AsyncIterable<unknown>): Promise<void> {
    if (++this.entries > mostEntries) throw new Error(`more than ${mostEntries} entries`);
    const path = cleanPath(header.name);
    if (path === '/') return;
    const { into, as } = this.rules;
    const parent = resolveInside(into, posix.dirname(path));
    await mkdir(join(into, parent), { recursive: true, mode: 0o755 });
    const name = posix.basename(path);
    if (as === 'layer' && name.startsWith(whiteout)) return this.whiteOut(parent, name);
    await this.make(header, posix.join(parent, name), content);
  }

  private async make(header: Header, path: string, content: AsyncIterable<unknown>): Promise<void> {
    const target = join(this.rules.into, path);
    for (let made = path; made !== '/'; made = posix.dirname(made)) this.made.add(made);
    const found = await lstat(target).catch(() => undefined);
    if (found && !(found.isDirectory() && header.type === 'directory'))
      await rm(target, { recursive: true, force: true });
    switch (header.type) {
      case 'file':
      case 'contiguous-file':
        await this.makeFile(header, target, content);
        break;
      case 'directory':
        await mkdir(target, { recursive: true });
        await chmod(target, (this.modeOf(header) & 0o7777) | 0o700);
        break;
      case 'symlink':
        this.checkLink(header, path);
        await symlink(header.linkname, target);
        break;
      case 'link':
        await this.makeHardLink(header, target);
        return;
      default:
        // The device files of an image are the runtime's affair.
        if (this.rules.as === 'layer') return;
        throw new Error(`${header.name}: is a ${header.type}: only files, folders and links are taken`);
    }
    await this.own(header, target);
  }

  private async makeFile(header: Header, target: string, content: AsyncIterable<unknown>): Promise<void> {
    const { room } = this.rules;
    await room.take(header.size);
    this.bytes += header.size;
    const file = await open(target, 'wx', 0o600);
    try {
      for await (const piece of content) if (piece instanceof Uint8Array) await file.write(piece);
      if (header.mtime.getTime() > 0) await file.utimes(header.mtime, header.mtime);
    } finally {
      await file.close();
    }
  }

  private async makeHardLink({ name, linkname }: Header, target: string): Promise<void> {
    const { into } = this.rules;
    const path = cleanPath(linkname);
    const source = join(into, resolveInside(into, posix.dirname(path)), posix.basename(path));
    if (!(await lstat(source).catch(() => undefined))?.isFile())
      throw new Error(`${name}: is a link to ${linkname}, which is no file of the archive`);
    await link(source, target);
  }

  private checkLink({ name, linkname }: Header, path: string): void {
    if (this.rules.as === 'layer') return;
    const target = posix.join('.', posix.dirname(path).slice(1), linkname);
    if (linkname.startsWith('/') || target === '..' || target.startsWith('../'))
      throw new Error(`${name}: is a link to ${linkname}, outside of the archive`);
  }

  /** The owner first: changing it drops the set-user-id bit. */
  private async own(header: Header, target: string): Promise<void> {
    const { as } = this.rules;
    if (as === 'layer' && process.getuid?.() === 0) await lchown(target, header.uid, header.gid);
    if (header.type !== 'symlink' && header.type !== 'directory') await chmod(target, this.modeOf(header));
    else if (header.type === 'directory' && as === 'layer') await chmod(target, this.modeOf(header) | 0o700);
  }

  private modeOf({ mode }: Header): number {
    return this.rules.as === 'layer' ? mode & 0o7777 : mode & 0o555;
  }

  private async whiteOut(parent: string, name: string): Promise<void> {
    const folder = join(this.rules.into, parent);
    if (name !== opaque) {
      const gone = name.slice(whiteout.length);
      if (gone === '' || gone === '.' || gone === '..') throw new Error(`${name}: removes nothing`);
      return rm(join(folder, gone), { recursive: true, force: true });
    }
    for (const child of await readdir(folder))
      if (!this.made.has(posix.join(parent, child)))
        await rm(join(folder, child), { recursive: true, force: true });
  }
}

/** Absolute, from the folder on. Throws where it would lead out. */
function cleanPath(name: string): string {
  if (name.includes('\0') || name.length > longestPath) throw new Error(`${name.slice(0, 80)}: is no path`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Error(`${name}: leads out of the archive`);
  return `/${parts.join('/')}`;
}
