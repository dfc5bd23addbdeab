// A file that is there whole or not at all: written beside its name, synced, then renamed.

import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder, UserError } from '../../shared/base/index.ts';

export const partialEnding = '.partial';

/** Answers the bytes written. Only the owner may read it. Throws UserError where the disk refuses; nothing is left then. */
export async function writeWholeFile(
  path: string,
  bytes: AsyncIterable<Buffer>,
  onProgress: (written: number) => void = () => {},
): Promise<number> {
  const beside = `${path}${partialEnding}`;
  let written = 0;
  let file: FileHandle | undefined;
  try {
    file = await open(beside, 'w', 0o600);
    await file.chmod(0o600);
    for await (const chunk of bytes) {
      await writeAll(file, chunk);
      written += chunk.length;
      onProgress(written);
    }
    await file.sync();
    await file.close();
    await rename(beside, path);
  } catch (error) {
    await file?.close().catch(() => undefined); // closed before the rename, or there is nothing to lose
    await rm(beside, { force: true });
    throw isOfDisk(error) ? new UserError(`cannot write ${path}: ${error.message}`, { cause: error }) : error;
  }
  await syncFolder(dirname(path));
  return written;
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, done);
    done += bytesWritten;
  }
}

function isOfDisk(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
