// One line of the datafile: a document as NeDB writes it, with a checksum over all that stands before it.
// Objects are kept as text, because NeDB refuses keys with a `.` or a leading `$`, which most labels have.

import { crc32 } from 'node:zlib';
import type { Key } from '../store.ts';

/** Who this history is, and up to where (exclusive) revisions may have been given out. */
export interface HeaderRecord {
  type: 'header';
  epoch: string;
  reserved: number;
}

export type ObjectRecord =
  | { type: 'put'; key: Key; revision: number; text: string }
  | { type: 'delete'; key: Key; revision: number };

export type FileRecord = HeaderRecord | ObjectRecord;

export interface LineMarks {
  /** How many lines of the same commit follow. A commit whose last line (0) is missing does not count. A header stands alone. */
  more: number;
  /** The first line of an append: all that stands before it was on disk when it was written. */
  flush: boolean;
}

export interface DecodedLine extends LineMarks {
  record: FileRecord;
}

/**
 * The header's `_id`. Keys start with `/`, so it sorts after all of them when NeDB rewrites the file, which then ends
 * with a line that is whole in itself.
 */
const headerId = 'kelp';
const format = 1;
const checksumField = ',"crc":';
/** `,"crc":4294967295}` */
const checksumBytes = checksumField.length + 11;

/** The line with its newline. */
export function encodeLine(record: FileRecord, marks: LineMarks = { more: 0, flush: false }): string {
  const document = {
    ...documentOf(record),
    ...(marks.more > 0 && { more: marks.more }),
    ...(marks.flush && { flush: true }),
  };
  const body = JSON.stringify(document).slice(0, -1);
  return `${body}${checksumField}${crc32(body)}}\n`;
}

function documentOf(record: FileRecord): Record<string, unknown> {
  switch (record.type) {
    case 'header':
      return { _id: headerId, format, epoch: record.epoch, reserved: record.reserved };
    case 'put':
      return { _id: record.key, revision: record.revision, json: record.text };
    case 'delete':
      return { $$deleted: true, _id: record.key, revision: record.revision };
  }
}

/** The line (without its newline) as it was written; undefined when it is not whole or was altered. */
export function decodeLine(line: Buffer): DecodedLine | undefined {
  const end = Math.max(0, line.length - checksumBytes);
  const found = line.subarray(end).lastIndexOf(checksumField);
  if (found < 0) return undefined;
  const body = line.subarray(0, end + found);
  const checksum = line.toString('latin1', body.length + checksumField.length);
  if (checksum !== `${crc32(body)}}`) return undefined;
  return parseDocument(line.toString('utf8'));
}

function parseDocument(text: string): DecodedLine {
  const document: Record<string, unknown> = JSON.parse(text);
  const { more, flush } = document;
  return {
    record: recordOf(document),
    more: typeof more === 'number' ? more : 0,
    flush: flush === true,
  };
}

function recordOf(document: Record<string, unknown>): FileRecord {
  const { _id, revision, json, epoch, reserved } = document;
  if (_id === headerId && document.format === format) {
    if (typeof epoch === 'string' && typeof reserved === 'number') return { type: 'header', epoch, reserved };
  } else if (typeof _id === 'string' && typeof revision === 'number') {
    if (document.$$deleted === true) return { type: 'delete', key: _id, revision };
    if (typeof json === 'string') return { type: 'put', key: _id, revision, text: json };
  }
  throw new TypeError('a record of a kind that this version does not know');
}
