import { expect } from 'chai';
import { jsonFault } from '../../../hub/apiserver/http/json-fault.ts';

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
  ['{"a":%}', "invalid character '%' looking for beginning of value"],
];

describe('JSON that cannot be read', () => {
  for (const [text, expected] of cases)
    it(`is told of in Go's words: ${JSON.stringify(text)}`, () => {
      try {
        JSON.parse(text);
        expect.fail('it is JSON');
      } catch (error) {
        expect(jsonFault(text, error)).to.equal(expected);
      }
    });
});
