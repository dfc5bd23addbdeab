// SPDY/3.1 as port forwarding uses it: frames out of any pieces of bytes, headers over a whole connection.

import { createDeflate, createInflate, constants as zlib } from 'node:zlib';
import { expect } from 'chai';
import { spdyDictionary } from '../../../hub/apiserver/http/spdy/dictionary.ts';
import {
  encodeSpdyFrame,
  HeaderReader,
  HeaderWriter,
  type SpdyFrame,
  SpdyFrameReader,
} from '../../../hub/apiserver/http/spdy/index.ts';

describe('SPDY/3.1', () => {
  it('has the dictionary of the specification', () => {
    let [low, high] = [1, 0];
    for (const byte of spdyDictionary()) {
      low = (low + byte) % 65521;
      high = (high + low) % 65521;
    }
    expect((high * 65536 + low).toString(16)).to.equal('e3c6a7c2');
  });

  const frames: SpdyFrame[] = [
    { type: 'synStream', stream: 1, block: Buffer.from('block'), fin: false },
    { type: 'synReply', stream: 1, block: Buffer.from('more'), fin: true },
    { type: 'data', stream: 3, bytes: Buffer.from('hello'), fin: false },
    { type: 'data', stream: 3, bytes: Buffer.alloc(0), fin: true },
    { type: 'rstStream', stream: 5, status: 3 },
    { type: 'ping', id: 7 },
    { type: 'goAway', lastStream: 9 },
    { type: 'headers', stream: 1, block: Buffer.from('h'), fin: false },
  ];
  const bytes = Buffer.concat(
    frames.flatMap((frame) => (frame.type === 'other' ? [] : [encodeSpdyFrame(frame)])),
  );

  for (const size of [1, 3, 8, 1000]) {
    it(`finds the frames in pieces of ${size} bytes`, () => {
      const reader = new SpdyFrameReader();
      const found: SpdyFrame[] = [];
      for (let from = 0; from < bytes.length; from += size) {
        found.push(...reader.take(bytes.subarray(from, from + size)));
      }
      expect(found).to.deep.equal(frames);
    });
  }

  it('passes over frames that port forwarding does not need', () => {
    const windowUpdate = Buffer.from('8003000900000008' + '0000000100001000', 'hex');
    expect(new SpdyFrameReader().take(windowUpdate)).to.deep.equal([{ type: 'other' }]);
  });

  it('refuses what is not SPDY/3, and frames without measure', () => {
    expect(() => new SpdyFrameReader().take(Buffer.from('8002000100000000', 'hex'))).to.throw('version');
    expect(() => new SpdyFrameReader().take(Buffer.from('0000000100ffffff', 'hex'))).to.throw(
      '16777215 bytes',
    );
  });

  /** As a client compresses: one stream of deflate, flushed after each block. */
  function compressor(): (headers: Record<string, string>) => Promise<Buffer> {
    const deflate = createDeflate({ dictionary: spdyDictionary(), level: 9 });
    return (headers) =>
      new Promise((resolve) => {
        const parts: Buffer[] = [];
        const number = (value: number) => {
          const word = Buffer.alloc(4);
          word.writeUInt32BE(value);
          parts.push(word);
        };
        number(Object.keys(headers).length);
        for (const word of Object.entries(headers).flat()) {
          number(word.length);
          parts.push(Buffer.from(word));
        }
        deflate.write(Buffer.concat(parts));
        deflate.flush(zlib.Z_SYNC_FLUSH, () => resolve(deflate.read()));
      });
  }

  it('reads the headers of one stream after the other', async () => {
    const compress = compressor();
    const reader = new HeaderReader();
    for (let request = 0; request < 50; request++) {
      const headers = {
        port: '8080',
        streamtype: request % 2 ? 'data' : 'error',
        requestid: `${request >> 1}`,
      };
      expect(Object.fromEntries(await reader.read(await compress(headers)))).to.deep.equal(headers);
    }
    reader.close();
  });

  it('refuses headers that are none, or have no end', async () => {
    const failure = (block: Buffer) =>
      new HeaderReader().read(block).then(
        () => 'none',
        (error: Error) => error.message,
      );
    expect(await failure(Buffer.from('no zlib stream'))).to.match(/header/);
    const compress = compressor();
    expect(await failure(await compress({ port: 'x'.repeat(200_000) }))).to.match(/headers of more than/);
  });

  it('writes headers that every zlib reads, the second block as well', async () => {
    const writer = new HeaderWriter();
    const inflate = createInflate({ dictionary: spdyDictionary(), finishFlush: zlib.Z_SYNC_FLUSH });
    const chunks: Buffer[] = [];
    inflate.on('data', (chunk) => chunks.push(chunk));
    inflate.write(writer.write(new Map([['a', 'b']])));
    inflate.end(writer.write(new Map()));
    await new Promise((resolve) => inflate.once('end', resolve));
    expect(Buffer.concat(chunks).toString('hex')).to.equal(
      '00000001' + '0000000161' + '0000000162' + '00000000',
    );
  });
});
