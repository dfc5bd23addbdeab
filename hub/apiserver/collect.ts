// A stream read to its end, where a door has only whole answers.

import type { Readable } from 'node:stream';

/** Undefined: it has more than `limit` bytes; the stream is then destroyed. */
export async function collect(stream: Readable, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limit) return undefined; // leaving the loop destroys the stream
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
