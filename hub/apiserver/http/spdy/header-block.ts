// Header blocks of SPDY/3: name and value pairs, compressed with one zlib stream for the whole connection.

import { createInflate, constants as zlib } from 'node:zlib';
import { spdyDictionary } from './dictionary.ts';

export type Headers = ReadonlyMap<string, string>;

/** Bytes of one block, decompressed. */
const longestBlock = 64 * 1024;

/** Decompresses the blocks of one direction, in their order. */
export class HeaderReader {
  private readonly inflate = createInflate({
    dictionary: spdyDictionary(),
    flush: zlib.Z_SYNC_FLUSH,
    finishFlush: zlib.Z_SYNC_FLUSH,
  });
  private chunks: Buffer[] = [];
  private size = 0;
  private failure: Error | undefined;

  constructor() {
    this.inflate.on('data', (chunk: Buffer) => {
      this.size += chunk.length;
      if (this.size > longestBlock)
        this.inflate.destroy(new Error(`headers of more than ${longestBlock} bytes`));
      else this.chunks.push(chunk);
    });
    this.inflate.on('error', (error) => {
      this.failure = error;
    });
  }

  /** Names are lower-case. Rejects for what is no header block. */
  async read(block: Buffer): Promise<Headers> {
    await new Promise<void>((resolve, reject) => {
      const failed = () => reject(this.failure ?? new Error('the header stream is closed'));
      if (this.inflate.destroyed) return failed();
      this.inflate.once('close', failed);
      this.inflate.write(block, () => {
        // What was decompressed is handed out in this turn.
        setImmediate(() => {
          this.inflate.off('close', failed);
          resolve();
        });
      });
    });
    const bytes = Buffer.concat(this.chunks);
    this.chunks = [];
    this.size = 0;
    return parseHeaders(bytes);
  }

  close(): void {
    this.inflate.destroy();
  }
}

function parseHeaders(bytes: Buffer): Headers {
  let at = 0;
  const number = () => {
    at += 4;
    return bytes.readUInt32BE(at - 4);
  };
  const text = () => {
    const length = number();
    if (at + length > bytes.length) throw new RangeError('a header is cut off');
    at += length;
    return bytes.toString('latin1', at - length, at);
  };
  const headers = new Map<string, string>();
  for (let count = number(); count > 0; count--) headers.set(text().toLowerCase(), text());
  return headers;
}

/** An empty stored block, as a flush leaves it: Go's reader hands out what came before only when it sees it. */
const flushed = Buffer.from('000000ffff', 'hex');

/** Makes the blocks of one direction: a zlib stream of stored parts, as they are too short to be worth compressing. */
export class HeaderWriter {
  private begun = false;

  write(headers: Headers): Buffer {
    const parts = [uint32(headers.size)];
    for (const [name, value] of headers) {
      for (const word of [name, value]) {
        const bytes = Buffer.from(word, 'latin1');
        parts.push(uint32(bytes.length), bytes);
      }
    }
    const plain = Buffer.concat(parts);
    if (plain.length > 0xffff) throw new RangeError('too many headers');
    // zlib's own head once, then a stored block of deflate: 0, length, its complement.
    const head = Buffer.alloc(this.begun ? 5 : 7);
    if (!this.begun) head.writeUInt16BE(0x7801);
    head.writeUInt16LE(plain.length, head.length - 4);
    head.writeUInt16LE(plain.length ^ 0xffff, head.length - 2);
    this.begun = true;
    return Buffer.concat([head, plain, flushed]);
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
