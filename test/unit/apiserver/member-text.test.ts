import { expect } from 'chai';
import fc from 'fast-check';
import { memberText } from '../../../hub/apiserver/mqtt/member-text.ts';

describe('the text of a member', () => {
  it('is that of the outermost object, as it was written', () => {
    const json = '{"id":"a","x":{"body":1},"body": {"a":"1,}\\"","a":[1,{"b":2}]} ,"path":"/"}';
    expect(memberText(json, 'body')).to.equal(' {"a":"1,}\\"","a":[1,{"b":2}]} ');
    expect(memberText(json, 'path')).to.equal('"/"');
  });

  it('is none where there is no such member', () => {
    expect(memberText('{"id":"body","list":["body"]}', 'body')).to.equal(undefined);
  });

  it('is the value that the object has, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (others, body) => {
        const text = memberText(JSON.stringify({ ...others, body, last: others }), 'body');
        expect(JSON.parse(text ?? '')).to.deep.equal(JSON.parse(JSON.stringify(body)));
      }),
    );
  });
});
