// What a container wrote, as lines of the CRI format.

import { expect } from 'chai';
import fc from 'fast-check';
import { parseLogLine } from '../../../edge-agent/runtime/index.ts';
import { toCri } from '../../../edge-agent/runtime/process/container-log.ts';

const now = Date.parse('2026-01-02T03:04:05.678Z');
const stamp = '2026-01-02T03:04:05.678000000Z stdout';
const cri = (text: string, ended = false) => toCri(Buffer.from(text), now, ended);

describe('the CRI log format', () => {
  const cases: [string, string, boolean, string[], number][] = [
    ['whole lines', 'a\nb\n', false, ['F a', 'F b'], 4],
    ['an unfinished line waits', 'a\nb', false, ['F a'], 2],
    ['an unfinished line at the end is a part', 'a\nb', true, ['F a', 'P b'], 3],
    ['empty lines', '\n\n', false, ['F ', 'F '], 2],
    ['nothing', '', true, [], 0],
    ['only an unfinished line', 'abc', false, [], 0],
    ['carriage returns stay', 'a\r\n', false, ['F a\r'], 3],
  ];
  for (const [title, text, ended, lines, consumed] of cases) {
    it(title, () => {
      expect(cri(text, ended)).to.deep.equal({
        text: lines.map((line) => `${stamp} ${line}\n`).join(''),
        consumed,
      });
    });
  }

  it('loses and adds nothing, however it is cut', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(chunks, (parts) => {
        const all = Buffer.concat(parts);
        let rest = Buffer.alloc(0);
        const written: Buffer[] = [];
        parts.forEach((part, index) => {
          rest = Buffer.concat([rest, part]);
          const { text, consumed } = toCri(rest, now, index === parts.length - 1);
          written.push(Buffer.from(text, 'latin1'));
          rest = rest.subarray(consumed);
        });
        const lines = Buffer.concat(written);
        const contents: Buffer[] = [];
        for (let from = 0; from < lines.length; ) {
          const end = lines.indexOf(10, from) + 1;
          contents.push(parseLogLine(lines.subarray(from, end))?.content ?? Buffer.from('?'));
          from = end;
        }
        expect(Buffer.concat(contents).equals(all)).to.equal(true);
      }),
    );
  });
});
