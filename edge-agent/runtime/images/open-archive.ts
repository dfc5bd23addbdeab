// Makes an image of a file of the board: an archive of an app, an image that was saved, or a single program.

import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { decompressed } from './decompressed.ts';
import { localImage } from './local-image.ts';
import type { Pull, Pulled } from './pull.ts';
import { unpackTar } from './unpack-tar.ts';

const blockSize = 512;

/** `digest`: of the file at `path`. `name`: what it was fetched from. */
export async function openArchive(pull: Pull, path: string, digest: string, name: string): Promise<Pulled> {
  const names = [name, `${name}@${digest}`];
  if (pull.has(digest)) return { id: digest, names };
  const files = join(pull.workFolder, 'files');
  await mkdir(files, { mode: 0o755 });
  const sizeBytes = await unpackApp(pull, path, files, basename(new URL(name).pathname));
  const saved = await openLayout(pull, files, name);
  if (!saved) return { id: digest, names, fresh: { kind: 'app', sizeBytes } };
  return { ...saved, names: [...saved.names, `${name}@${digest}`] };
}

/** Undefined: the folder holds no image. What it holds is used up where it is in the work folder. */
export async function openLayout(pull: Pull, folder: string, name: string): Promise<Pulled | undefined> {
  const found = await localImage(folder, pull.board);
  if (!found) return undefined;
  const names = [name, `${name}@${found.id}`];
  if (pull.has(found.id)) return { id: found.id, names };
  const files = join(pull.workFolder, 'files');
  const root = join(pull.workFolder, 'root');
  const sizeBytes = await unpackLayers(pull, found.layers, root);
  await rm(files, { recursive: true, force: true });
  await rename(root, files);
  return { id: found.id, names, fresh: { kind: 'root', sizeBytes, config: found.config } };
}

/** One over the other, lowest first; answers the bytes of all. `into` is made. */
export async function unpackLayers(pull: Pull, layers: readonly string[], into: string): Promise<number> {
  await mkdir(into, { mode: 0o755 });
  let bytes = 0;
  for (const layer of layers) {
    const { stream, done } = await decompressed(layer);
    try {
      bytes += await unpackTar(stream, { into, as: 'layer', room: pull.room });
    } finally {
      stream.destroy();
    }
    await done;
  }
  return bytes;
}

/** A tar archive's entries, or, if it is none, the one file by `name` without its suffix. Answers its bytes. */
export async function unpackApp(pull: Pull, path: string, into: string, name: string): Promise<number> {
  const { stream, done } = await decompressed(path);
  const parts = stream[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < blockSize) {
    const part = await parts.next();
    if (part.done) break;
    start = Buffer.concat([start, part.value]);
  }
  const whole = Readable.from(joined(start, parts), { objectMode: false });
  try {
    if (isTar(start)) return await unpackTar(whole, { into, as: 'app', room: pull.room });
    return await writeProgram(whole, join(into, name.replace(/\.(gz|xz|zst|bz2)$/, '') || 'app'));
  } finally {
    stream.destroy();
    await done.catch(() => {}); // Of what was let go in the middle; else the stream itself says so.
  }
}

async function* joined(start: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start;
  for (let part = await rest.next(); !part.done; part = await rest.next()) yield part.value;
}

/** The checksum of the first header is right. An archive without entries is blank. */
function isTar(block: Buffer): boolean {
  if (block.length < blockSize) return false;
  const given = Number.parseInt(block.toString('latin1', 148, 156), 8);
  const sum = block
    .subarray(0, blockSize)
    .reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  return given === sum || block.subarray(0, blockSize).every((byte) => byte === 0);
}

async function writeProgram(content: Readable, path: string): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const piece of content) if (piece instanceof Uint8Array) await file.write(piece);
    const { size } = await file.stat();
    await file.chmod(0o555);
    return size;
  } finally {
    await file.close();
  }
}
