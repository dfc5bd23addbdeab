// A backup as bytes: two lines of header, the body, and the SHA-256 of all that stands before it. What is cut off, or of
// which a bit was turned, is not taken for a backup.

import { createHash, type Hash } from 'node:crypto';
import { UserError } from '../../shared/base/index.ts';
import { type BackupHeader, headBytes, readHead } from './backup-header.ts';
import { withoutLast } from './without-last.ts';

export interface Framed {
  header: BackupHeader;
  /** As it stands there: what a sealed body is bound to. */
  head: Buffer;
  /** Throws UserError at its end where the bytes are not those that were written: until then believe nothing of it. */
  body: AsyncIterable<Buffer>;
}

const digestBytes = 32;

export async function* framed(header: BackupHeader, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const head = headBytes(header);
  hash.update(head);
  yield head;
  for await (const chunk of body) {
    hash.update(chunk);
    yield chunk;
  }
  yield hash.digest();
}

/** Throws UserError for what is no backup. */
export async function unframed(source: AsyncIterable<Buffer>): Promise<Framed> {
  const chunks = source[Symbol.asyncIterator]();
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const { done, value } = await chunks.next();
    if (done)
      throw new UserError(
        bytes.length === 0 ? 'it is empty' : 'it is no whole backup: it ends in its header',
      );
    bytes = Buffer.concat([bytes, value]);
    const found = readHead(bytes);
    if (!found) continue;
    const head = bytes.subarray(0, found.length);
    const hash = createHash('sha256').update(head);
    return { header: found.header, head, body: checked(bytes.subarray(found.length), chunks, hash) };
  }
}

async function* checked(first: Buffer, chunks: AsyncIterator<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  let digest: Buffer = Buffer.alloc(0);
  for await (const { bytes, last } of withoutLast(digestBytes, first, chunks)) {
    if (last) digest = bytes;
    else {
      hash.update(bytes);
      yield bytes;
    }
  }
  if (digest.length < digestBytes || !digest.equals(hash.digest()))
    throw new UserError('it is damaged or cut short: its checksum does not match');
}
