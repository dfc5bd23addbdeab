// Opens a file whatever it is compressed with: what it is says its beginning, not its name.

import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

const kinds = [
  { magic: [0x1f, 0x8b], tool: undefined },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], tool: 'xz' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], tool: 'zstd' },
  { magic: [0x42, 0x5a, 0x68], tool: 'bzip2' },
] as const;

export interface Opened {
  stream: Readable;
  /** Rejects with why it cannot be read. */
  done: Promise<void>;
}

/** The caller reads all of it, or destroys it; in both cases it awaits `done`. */
export async function decompressed(path: string): Promise<Opened> {
  const start = await beginningOf(path);
  const kind = kinds.find(({ magic }) => magic.every((byte, index) => start[index] === byte));
  const source = createReadStream(path, { highWaterMark: 256 * 1024 });
  if (!kind) return { stream: source, done: Promise.resolve() };
  if (kind.tool === undefined) {
    const stream = createGunzip();
    return { stream, done: quiet(pipeline(source, stream)) };
  }
  source.destroy();
  return throughTool(kind.tool, path);
}

async function beginningOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    return (await file.read(Buffer.alloc(8), 0, 8, 0)).buffer;
  } finally {
    await file.close();
  }
}

function throughTool(tool: string, path: string): Opened {
  const stream = new PassThrough();
  const child = spawn(tool, ['-dc', '--', path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(0, 500);
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', () => reject(new Error(`unpacking it needs ${tool} on this board`)));
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${tool}: ${said.trim()}`))));
  });
  stream.once('close', () => child.kill());
  const done = Promise.all([ended, pipeline(child.stdout, stream)]).then(() => {});
  ended.catch((error) => stream.destroy(error));
  return { stream, done: quiet(done) };
}

/** Whoever destroys the stream need not hear of it twice. */
function quiet(done: Promise<void>): Promise<void> {
  done.catch(() => {});
  return done;
}
