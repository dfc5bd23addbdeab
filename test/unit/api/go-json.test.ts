import { expect } from 'chai';
import { goJsonFault } from '../../../shared/api/go-json.ts';

describe('text that is to be a map in JSON', () => {
  it('is refused in the words of Go', () => {
    expect(goJsonFault('')).to.equal('unexpected end of JSON input');
    expect(goJsonFault('[1]')).to.equal(
      'json: cannot unmarshal array into Go value of type map[string]interface {}',
    );
    expect(goJsonFault('true')).to.contain('cannot unmarshal bool into');
  });

  it('may be null, as in Go', () => {
    expect(goJsonFault('{"a":[1]}')).to.equal(undefined);
    expect(goJsonFault('null')).to.equal(undefined);
  });
});
