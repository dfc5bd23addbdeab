import { expect } from 'chai';
import fc from 'fast-check';
import { goJsonFault } from '../../../shared/api/go-json.ts';

/** What Go's json.Unmarshal says of these texts. */
const said: Record<string, string> = {
  '': 'unexpected end of JSON input',
  '{': 'unexpected end of JSON input',
  '{"a":': 'unexpected end of JSON input',
  '"abc': 'unexpected end of JSON input',
  nojson: "invalid character 'o' in literal null (expecting 'u')",
  tru: 'unexpected end of JSON input',
  'trux ': "invalid character 'x' in literal true (expecting 'e')",
  a: "invalid character 'a' looking for beginning of value",
  '{a:1}': "invalid character 'a' looking for beginning of object key string",
  '{"a" 1}': `invalid character '1' after object key`,
  '{"a":1 2}': "invalid character '2' after object key:value pair",
  '[1 2]': "invalid character '2' after array element",
  '{"a":}': "invalid character '}' looking for beginning of value",
  '{} x': "invalid character 'x' after top-level value",
  '"\\x"': "invalid character 'x' in string escape code",
  '"\\u12g4"': "invalid character 'g' in \\u hexadecimal character escape",
  '"\n"': "invalid character '\\n' in string literal",
  '-x': "invalid character 'x' in numeric literal",
  '1.x': "invalid character 'x' after decimal point in numeric literal",
  '1ex': "invalid character 'x' in exponent of numeric literal",
  '[1,]': "invalid character ']' looking for beginning of value",
};

describe('text that is not JSON', () => {
  for (const [text, message] of Object.entries(said))
    it(`${JSON.stringify(text)} is refused in the words of Go`, () => {
      expect(goJsonFault(text)).to.equal(message);
    });

  it('is told from JSON that is no map', () => {
    expect(goJsonFault('[1]')).to.equal(
      'json: cannot unmarshal array into Go value of type map[string]interface {}',
    );
    expect(goJsonFault('true')).to.contain('cannot unmarshal bool into');
    expect(goJsonFault('[1]', 'any')).to.equal(undefined);
    expect(goJsonFault('null')).to.equal(undefined);
  });

  it('is whatever the engine cannot parse, and nothing else', () => {
    const almost = fc.string({ unit: fc.constantFrom(...'{}[]",:1e.-tfn\\u '), maxLength: 12 });
    fc.assert(
      fc.property(almost, (text) => {
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        expect(goJsonFault(text, 'any') === undefined).to.equal(parses);
      }),
      { numRuns: 500 },
    );
  });
});
