// The gate that knows how long a packet will be: for packets cut into any pieces.

import { expect } from 'chai';
import fc from 'fast-check';
import { PacketGate } from '../../../hub/broker/packet-gate.ts';

/** A packet whose body has so many bytes. */
function packet(length: number): Buffer {
  const header = [0x30];
  let rest = length;
  do {
    const byte = rest % 128;
    rest = Math.floor(rest / 128);
    header.push(rest > 0 ? byte | 0x80 : byte);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length, 0xff)]);
}

/** The bytes, cut at the given places. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

describe('packet gate', () => {
  const limit = 500;

  it('passes every packet up to the limit, and refuses the first beyond it', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 8 });
    fc.assert(
      fc.property(lengths, fc.array(fc.nat({ max: 6_000 })), (sizes, cuts) => {
        const gate = new PacketGate(limit);
        const answers = pieces(Buffer.concat(sizes.map(packet)), cuts).map((piece) => gate.refuses(piece));
        const first = answers.find((answer) => answer > 0);
        expect(first).to.equal(sizes.find((size) => size > limit));
      }),
    );
  });

  it('refuses by the header alone', () => {
    expect(new PacketGate(limit).refuses(Buffer.of(0x10, 0xff, 0xff, 0xff, 0x7f))).to.equal(268_435_455);
  });
});
