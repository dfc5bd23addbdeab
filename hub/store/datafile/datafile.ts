// The open datafile: grows only by appends that are on disk when they resolve, and can be replaced by a compacted one.

import { constants } from 'node:fs';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../../../shared/base/index.ts';
import { ZeroReserve } from './zero-reserve.ts';

/** Objects may be Secrets: nobody else reads them. */
const ownerOnly = 0o600;
/** What is written is on disk when the write returns. */
const synced = constants.O_RDWR | constants.O_DSYNC;

export class Datafile {
  readonly path: string;
  private handle: FileHandle;
  private end: number;
  private written = 0;
  private reserve = this.newReserve();

  private constructor(path: string, handle: FileHandle, end: number) {
    this.path = path;
    this.handle = handle;
    this.end = end;
  }

  /** Opens the file of that directory; one that is not there is made first, whole, with `firstLine`. */
  static async open(directory: string, firstLine: () => string): Promise<Datafile> {
    const path = join(directory, 'store.db');
    const draft = draftPath(path);
    await unlinkIfThere(draft);
    const existing = await openIfThere(path);
    if (existing) return new Datafile(path, existing, (await existing.stat()).size);
    const file = new Datafile(
      path,
      await open(draft, synced | constants.O_CREAT | constants.O_EXCL, ownerOnly),
      0,
    );
    try {
      await file.append(Buffer.from(firstLine()));
      await rename(draft, path);
      await syncDirectory(path);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** For reading. Changes with a compaction. */
  get reader(): FileHandle {
    return this.handle;
  }

  /** Up to here everything is on disk. */
  get length(): number {
    return this.end;
  }

  /** What was written since it was opened. */
  get bytesWritten(): number {
    return this.written;
  }

  /** Resolves when the bytes are on disk. One at a time. */
  async append(bytes: Buffer): Promise<void> {
    await this.reserve.admit(this.end + bytes.length);
    await this.write(this.handle, bytes, this.end);
    this.end += bytes.length;
    this.reserve.appended(bytes.length, this.end);
  }

  /** Cuts off what is reserved behind the end: the file is then as long as what is in it. */
  async trim(): Promise<void> {
    if (await this.reserve.reachesBehind(this.end)) await this.truncate(this.end);
  }

  /** Cuts off what lies behind `length`. */
  async truncate(length: number): Promise<void> {
    await this.reserve.reachesBehind(length);
    this.reserve = this.newReserve();
    await this.handle.truncate(length);
    await this.handle.datasync();
    this.end = length;
  }

  /** An empty file beside this one, to take its place. */
  async draft(): Promise<Draft> {
    const path = draftPath(this.path);
    await unlinkIfThere(path);
    const handle = await open(path, 'wx+', ownerOnly);
    const [appending, directory] = [await open(path, synced), await open(dirname(path), 'r')];
    const write = (bytes: Buffer, position: number) => this.write(handle, bytes, position);
    return new Draft({ path, handle, appending, directory, write });
  }

  /**
   * Puts a draft that is on disk in this file's place, in as few steps as can be: appends wait. `onSwitched` is called when
   * there is no way back. Answers what closes that which is no longer needed.
   */
  async replaceWith(draft: Draft, onSwitched: () => void): Promise<() => Promise<void>> {
    await this.reserve.reachesBehind(this.end);
    await rename(draft.path, this.path);
    onSwitched();
    const outdated = [this.handle, draft.handle, draft.directory];
    this.handle = draft.appending;
    this.end = draft.length;
    this.reserve = this.newReserve();
    await draft.directory.sync();
    return async () => {
      for (const handle of outdated) await handle.close();
    };
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private newReserve(): ZeroReserve {
    return new ZeroReserve({ write: (bytes, position) => this.write(this.handle, bytes, position) });
  }

  private async write(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
      this.written += bytesWritten;
    }
  }
}

/** A file on its way to become the datafile. */
export class Draft {
  readonly path: string;
  readonly handle: FileHandle;
  /** The same file, for what is appended later on: each write is on disk when it returns. */
  readonly appending: FileHandle;
  /** That it lies in. */
  readonly directory: FileHandle;
  private readonly write: (bytes: Buffer, position: number) => Promise<void>;
  private end = 0;

  constructor(parts: Pick<Draft, 'path' | 'handle' | 'appending' | 'directory'> & { write: Draft['write'] }) {
    this.path = parts.path;
    this.handle = parts.handle;
    this.appending = parts.appending;
    this.directory = parts.directory;
    this.write = parts.write;
  }

  get length(): number {
    return this.end;
  }

  async append(bytes: Buffer): Promise<void> {
    await this.write(bytes, this.end);
    this.end += bytes.length;
  }

  async sync(): Promise<void> {
    await this.handle.datasync();
  }

  async discard(): Promise<void> {
    for (const handle of [this.handle, this.appending, this.directory]) await handle.close();
    await unlinkIfThere(this.path);
  }
}

/** Not NeDB's `~`: NeDB would take a half-written one for the file. */
function draftPath(path: string): string {
  return `${path}.draft`;
}

/** Makes a rename in the file's directory survive a power cut. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, synced);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
