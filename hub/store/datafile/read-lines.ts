// A file as lines, read piece by piece so that a big one neither fills the memory nor holds up the process.

import type { FileHandle } from 'node:fs/promises';

export interface Line {
  /** Where it begins, in bytes. */
  at: number;
  /** Without the newline. Valid until the next lines are asked for. */
  bytes: Buffer;
  /** False: the file ends before the newline. */
  ended: boolean;
}

const chunkBytes = 256 * 1024;
const newline = 0x0a;

/** The lines of each piece that was read; the last may be the file's unended rest. */
export async function* readLines(handle: FileHandle): AsyncGenerator<Line[]> {
  let begun: Buffer[] = [];
  let begunAt = 0;
  let position = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    const lines: Line[] = [];
    let from = 0;
    for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
      const part = chunk.subarray(from, to);
      lines.push({ at: begunAt, bytes: begun.length ? Buffer.concat([...begun, part]) : part, ended: true });
      begun = [];
      from = to + 1;
      begunAt = position + from;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
    position += bytesRead;
    yield lines;
  }
  if (begun.length) yield [{ at: begunAt, bytes: Buffer.concat(begun), ended: false }];
}
