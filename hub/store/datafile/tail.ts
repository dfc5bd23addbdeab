// What to think of a line that cannot be read: the torn end of an append that was never answered,
// or damage to something that was.

import type { Line } from './read-lines.ts';
import { decodeLine } from './record.ts';

const zeros = Buffer.alloc(2);

/**
 * Looks at everything from the first unreadable line to the file's end. It is torn, and may be cut off, when part of
 * the last append's bytes did not reach the disk: the end is missing, or there are zeros where a block was not
 * written. All else is damage: bytes that are there but wrong, or anything before a later append, which began only
 * after all before it was on disk.
 */
export class DoubtfulTail {
  readonly at: number;
  private bytesMissing = false;
  private laterAppend = false;

  constructor(first: Line) {
    this.at = first.at;
    this.lookForGaps(first);
  }

  look(next: Line): void {
    this.lookForGaps(next);
    if (isFirstOfAppend(next.bytes)) this.laterAppend = true;
  }

  private lookForGaps({ bytes: all, ended }: Line): void {
    // Zeros up to the end of the file may be what is reserved for appends.
    const bytes = ended ? all : withoutTrailingZeros(all);
    if (bytes.length === 0) return;
    if (bytes[0] === 0 || bytes.includes(zeros)) this.bytesMissing = true;
    if (!ended && !hasAlteredEnd(bytes)) this.bytesMissing = true;
  }

  get isTorn(): boolean {
    return this.bytesMissing && !this.laterAppend;
  }
}

/** A whole line whose newline is another byte: nothing is missing. (A zero is a newline that was not written.) */
function hasAlteredEnd(bytes: Buffer): boolean {
  return decodeLine(bytes.subarray(0, -1)) !== undefined;
}

export function withoutTrailingZeros(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

function isFirstOfAppend(bytes: Buffer): boolean {
  return decodeLine(bytes)?.flush === true;
}
