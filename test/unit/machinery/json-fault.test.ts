import { expect } from 'chai';
import fc from 'fast-check';
import { jsonFault } from '../../../shared/machinery/index.ts';

const cases: [string, string][] = [
  ['{"a":{"b":"x"}', 'unexpected end of JSON input'],
  ['{"a":"x', 'unexpected end of JSON input'],
  ['', 'unexpected end of JSON input'],
  ['Pod with more', "invalid character 'P' looking for beginning of value"],
  ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
  ['[1 2]', "invalid character '2' after array element"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['{"a":"\n"}', "invalid character '\\n' in string literal"],
  ['{"a":"\\q"}', "invalid character 'q' in string escape code"],
  ['{"a":"\\u12G4"}', "invalid character 'G' in \\u hexadecimal character escape"],
  ['{"a":01}', "invalid character '1' after object key:value pair"],
  ['[01]', "invalid character '1' after array element"],
  ['{"a":-}', "invalid character '}' in numeric literal"],
  ['{"a":1.}', "invalid character '}' after decimal point in numeric literal"],
  ['{"a":1e}', "invalid character '}' in exponent of numeric literal"],
  ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
  ['{"a":Nan}', "invalid character 'N' looking for beginning of value"],
  ['nul', 'unexpected end of JSON input'],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['[[{"a":[]}],{}]]', "invalid character ']' after top-level value"],
  ['\ufeff{}', "invalid character 'ï' looking for beginning of value"],
  ['\u00a0{}', "invalid character 'Â' looking for beginning of value"],
  ['\v{}', "invalid character '\\v' looking for beginning of value"],
  ['\0{}', "invalid character '\\x00' looking for beginning of value"],
  ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
  ['{', 'unexpected end of JSON input'],
  ['{"a":', 'unexpected end of JSON input'],
  ['nojson', "invalid character 'o' in literal null (expecting 'u')"],
  ['trux ', "invalid character 'x' in literal true (expecting 'e')"],
  ['{"a":}', "invalid character '}' looking for beginning of value"],
  ['{"a":%}', "invalid character '%' looking for beginning of value"],
];

describe('JSON that cannot be read', () => {
  for (const [text, expected] of cases)
    it(`is told of in Go's words: ${JSON.stringify(text)}`, () => {
      try {
        JSON.parse(text);
      } catch {
        expect(jsonFault(text)).to.equal(expected);
        return;
      }
      expect.fail('it is JSON');
    });

  it('is told of where it is nested deeper than Go reads', () => {
    for (const open of ['[', '{"a":'])
      expect(jsonFault(open.repeat(1_000_000))).to.equal(`invalid character '${open[0]}' exceeded max depth`);
    expect(jsonFault('['.repeat(10_000))).to.equal('unexpected end of JSON input');
  });

  it('is never told to be wrong elsewhere than where it breaks off', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (json, at) => {
        const cut = json.slice(0, at % json.length);
        expect(jsonFault(json)).to.equal('unexpected end of JSON input');
        expect(jsonFault(cut)).to.equal('unexpected end of JSON input');
        expect(jsonFault(`${json}\u0001`)).to.equal("invalid character '\\x01' after top-level value");
      }),
    );
  });
});
