// What a backup holds, as lines of JSON, compressed: first the cluster's material, then each object as the store keeps
// it (encrypted ones stay so), and how many there were.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { UserError } from '../../shared/base/index.ts';
import { type Material, parseMaterial } from '../material/index.ts';
import type { Key } from '../store/index.ts';

export interface StoredEntry {
  key: Key;
  text: string;
}

export type BackupRecord = { material: Material } | StoredEntry | { end: number };

/** Of one piece that is handed to the compressor. */
const pieceBytes = 64 * 1024;
const newline = 0x0a;

export async function* packed(records: Iterable<BackupRecord>): AsyncGenerator<Buffer> {
  yield* through(createGzip(), Readable.from(pieces(records)));
}

function* pieces(records: Iterable<BackupRecord>): Generator<string> {
  let piece = '';
  for (const record of records) {
    piece += `${JSON.stringify(record)}\n`;
    if (piece.length < pieceBytes) continue;
    yield piece;
    piece = '';
  }
  if (piece) yield piece;
}

/** Throws UserError for what is none of these. */
export async function* unpacked(body: AsyncIterable<Buffer>): AsyncGenerator<BackupRecord> {
  let begun: Buffer[] = [];
  for await (const chunk of through(createGunzip(), Readable.from(body))) {
    let from = 0;
    for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
      yield recordOf(Buffer.concat([...begun, chunk.subarray(from, to)]).toString('utf8'));
      begun = [];
      from = to + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  }
}

async function* through(transform: ReturnType<typeof createGzip>, source: Readable): AsyncGenerator<Buffer> {
  const fed = pipeline(source, transform);
  // Told below; a reader that stops early must not leave it unheard.
  fed.catch(() => undefined);
  let ended = false;
  try {
    for await (const chunk of transform) yield chunk;
    ended = true;
  } catch (error) {
    throw isZlibError(error)
      ? new UserError('it is damaged: it cannot be decompressed', { cause: error })
      : error;
  } finally {
    // What stands behind the end is read too: whose business it is finds it there.
    if (!ended) source.destroy();
  }
  await fed;
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^Z_/.test(String(error.code));
}

function recordOf(line: string): BackupRecord {
  let value: { material?: unknown; key?: unknown; text?: unknown; end?: unknown };
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new UserError('it is damaged: a record cannot be read', { cause });
  }
  const { material, key, text, end } = value;
  if (typeof key === 'string' && typeof text === 'string') return { key, text };
  if (typeof end === 'number') return { end };
  if (material !== undefined) return { material: parseMaterial(material) };
  throw new UserError('it has a record that this version does not know');
}
