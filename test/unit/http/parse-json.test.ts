import { expect } from 'chai';
import { parseGoJson } from '../../../hub/apiserver/parse-json.ts';

describe('JSON that can be read', () => {
  it('has U+FFFD for half of a character, as Go has it', () => {
    const text = String.raw`{"a":"\ud800x","b":"\uDC00","c":"\ud83d\ude00","d":"\\ud800","e":"\ud800\ud83d\ude00"}`;
    expect(parseGoJson(text).body).to.deep.equal({
      a: '\ufffdx',
      b: '\ufffd',
      c: '😀',
      d: String.raw`\ud800`,
      e: '\ufffd😀',
    });
  });
});
