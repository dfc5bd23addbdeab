// Takes apart what podman multiplexes: frames of a stream's number (1 byte), three zeroes, a length (4 bytes, big endian)
// and so many bytes.

import { once } from 'node:events';
import { PassThrough, type Readable, type Writable } from 'node:stream';

const headerSize = 8;

export interface Outputs {
  stdout: Readable;
  stderr: Readable;
}

/** Whoever reads slowly slows the source down. Both end with it. */
export function splitFrames(source: Readable): Outputs {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const end = () => {
    stdout.end();
    stderr.end();
  };
  // A cut connection is the end of what can be read.
  split(source, { stdout, stderr }).then(end, end);
  return { stdout, stderr };
}

async function split(source: Readable, outputs: { stdout: Writable; stderr: Writable }): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= headerSize) {
      const end = headerSize + rest.readUInt32BE(4);
      if (rest.length < end) break;
      const output = rest[0] === 2 ? outputs.stderr : outputs.stdout;
      await put(output, rest.subarray(headerSize, end));
      rest = rest.subarray(end);
    }
  }
}

/** Nobody reads an output that was destroyed: the other one goes on. */
async function put(output: Writable, bytes: Buffer): Promise<void> {
  if (output.destroyed || output.write(bytes)) return;
  await Promise.race([once(output, 'drain'), once(output, 'close')]);
}
