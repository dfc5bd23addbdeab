import { expect } from 'chai';
import fc from 'fast-check';
import { decodeLine, encodeLine, type FileRecord } from '../../../hub/store/datafile/record.ts';

const text = JSON.stringify({ metadata: { name: 'ä"\\\n', labels: { 'a.b/c': '$', $x: '1' } } });
const records: FileRecord[] = [
  { type: 'header', epoch: 'e-1', reserved: 1_000_001 },
  { type: 'put', key: '/core/pods/default/web-0', revision: 7, text },
  { type: 'delete', key: '/core/pods/default/web-0', revision: 8 },
];

/** A line as the reader hands it over: without the newline. */
function lineOf(record: FileRecord, marks?: { more: number; flush: boolean }): Buffer {
  return Buffer.from(encodeLine(record, marks).slice(0, -1));
}

describe('a line of the datafile', () => {
  it('is read as it was written', () => {
    for (const record of records) {
      expect(decodeLine(lineOf(record))).to.deep.equal({ record, more: 0, flush: false });
      expect(decodeLine(lineOf(record, { more: 3, flush: true }))).to.deep.equal({
        record,
        more: 3,
        flush: true,
      });
    }
  });

  it('ends with the only newline in it', () => {
    for (const record of records)
      expect(encodeLine(record).indexOf('\n')).to.equal(encodeLine(record).length - 1);
  });

  it('keeps any text', () => {
    fc.assert(
      fc.property(fc.json(), (any) => {
        const record: FileRecord = { type: 'put', key: '/a/b/c/d', revision: 1, text: any };
        expect(decodeLine(lineOf(record))?.record).to.deep.equal(record);
      }),
    );
  });

  it('does not count when a single bit of it has changed, or an end is missing', () => {
    for (const record of records) {
      const line = lineOf(record, { more: 1, flush: true });
      for (let bit = 0; bit < line.length * 8; bit++) {
        const altered = Buffer.from(line);
        altered[bit >> 3] = (line[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(decodeLine(altered), `bit ${bit}`).to.equal(undefined);
      }
      for (let end = 0; end < line.length; end++) {
        expect(decodeLine(line.subarray(0, end))).to.equal(undefined);
        expect(decodeLine(line.subarray(end + 1))).to.equal(undefined);
      }
    }
  });

  it('of a kind from the future is refused, not skipped', () => {
    const line = encodeLine({ type: 'header', epoch: 'e', reserved: 1 }).replace('"format":1', '"format":2');
    expect(decodeLine(Buffer.from(line.slice(0, -1)))).to.equal(undefined);
    expect(() =>
      decodeLine(lineOf({ type: 'put', key: 'nowhere', revision: Number.NaN, text: '' })),
    ).to.throw(TypeError, 'does not know');
  });
});
