// A long list on its way to the connection, piece by piece: the client reads the first while the next is made, others are
// served in between, and one piece of memory serves for all of them.

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { JsonTexts, ListLike } from '../serialise.ts';
import { lastChunk } from './watch-frames.ts';

/** Enough for a write, little enough to wait for. */
const pieceBytes = 256 * 1024;
/** Of a UTF-16 unit in UTF-8. */
const mostBytesOfCharacter = 3;

export interface ListAnswer {
  code: number;
  headers: OutgoingHttpHeaders;
  list: ListLike;
  texts: JsonTexts;
  /** zlib's level; absent: the client does not take gzip. */
  gzip?: number | undefined;
}

export async function writeList(
  response: ServerResponse,
  { code, headers, list, texts, gzip }: ListAnswer,
): Promise<void> {
  response.writeHead(code, headers);
  if (gzip !== undefined) {
    const copies = mapped(packed(linesOf(texts, list), new Room()), Buffer.from);
    return pipeline(copies, createGzip({ level: gzip }), response);
  }
  const chunked = response.chunkedEncoding;
  // Node would copy each piece behind the text of its length.
  response.chunkedEncoding = false;
  const room = new Room();
  for (const piece of packed(linesOf(texts, list), room)) {
    if (response.destroyed) return;
    await taken(response, chunked ? room.chunk(piece) : piece);
  }
  response.end(chunked ? lastChunk : undefined);
}

function* linesOf(texts: JsonTexts, list: ListLike): Generator<string> {
  yield* texts.parts(list);
  yield '\n';
}

/** Texts written one behind the other: joining them first would take ten times as long. A piece is good until the next one. */
function* packed(texts: Iterable<string>, room: Room): Generator<Buffer> {
  let end = 0;
  for (const text of texts) {
    const most = text.length * mostBytesOfCharacter;
    if (end + most > room.body.length) {
      if (end > 0) yield room.body.subarray(0, end);
      room.reserve(most);
      end = 0;
    }
    const character = text.length === 1 ? text.charCodeAt(0) : 0x80;
    // A comma stands between any two objects.
    if (character < 0x80) room.body[end++] = character;
    else end += room.body.write(text, end);
  }
  if (end > 0) yield room.body.subarray(0, end);
}

function* mapped<T>(items: Iterable<T>, turn: (item: T) => T): Generator<T> {
  for (const item of items) yield turn(item);
}

/** Hexadecimal digits of a chunk's length; zeros may lead. */
const lengthDigits = 8;
const lineEnd = '\r\n';

/** Room for a piece, with room around it for what makes it a chunk of HTTP/1.1. */
class Room {
  private bytes = Buffer.alloc(0);
  body = Buffer.alloc(0);

  constructor() {
    this.reserve(pieceBytes);
  }

  reserve(least: number): void {
    if (least <= this.body.length) return;
    const before = lengthDigits + lineEnd.length;
    this.bytes = Buffer.allocUnsafe(before + least + lineEnd.length);
    this.body = this.bytes.subarray(before, -lineEnd.length);
  }

  /** The piece at the beginning of the body as a chunk, in place. */
  chunk({ length }: Buffer): Buffer {
    const before = length.toString(16).padStart(lengthDigits, '0') + lineEnd;
    this.bytes.write(before);
    this.bytes.write(lineEnd, before.length + length);
    return this.bytes.subarray(0, before.length + length + lineEnd.length);
  }
}

/** Resolves when the bytes are on their way and their memory is free again, or the client has gone. */
function taken(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    response.write(bytes, done);
  });
}
