import { expect } from 'chai';
import { fittingWarnings } from '../../../hub/apiserver/http/warning-headers.ts';

describe('the warnings of an answer', () => {
  it('are there as they are, each once, where they fit', () => {
    expect(fittingWarnings([])).to.deep.equal([]);
    const long = 'x'.repeat(4_000);
    expect(fittingWarnings(['a', long, 'a'])).to.deep.equal(['a', long]);
  });

  it('are cut, and the last left out, where they are too long together', () => {
    const many = Array.from({ length: 30_000 }, (_, at) => `${at} ${'😀'.repeat(300)}`);
    const fitting = fittingWarnings(many);
    expect(fitting).to.have.length(15);
    for (const [at, warning] of fitting.entries()) {
      expect([...warning]).to.have.length(256);
      expect(many[at]).to.match(new RegExp(`^${warning}`, 'u'));
    }
    expect(fittingWarnings(['short', 'x'.repeat(5_000)])).to.deep.equal(['short', 'x'.repeat(256)]);
  });
});
