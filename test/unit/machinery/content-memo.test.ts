// What is remembered by content: worked out once, forgotten beyond the bound.

import { expect } from 'chai';
import { ContentMemo } from '../../../shared/machinery/index.ts';

describe('what is remembered by its content', () => {
  it('is worked out once for contents that say the same', () => {
    const memo = new ContentMemo<object>();
    const first = memo.of({ spec: { a: 1 } }, () => ({}));
    expect(memo.of({ spec: { a: 1 } }, () => expect.fail('worked out again'))).to.equal(first);
    expect(memo.of({ spec: { a: 2 } }, () => ({}))).not.to.equal(first);
  });

  it('is bounded, and what was asked for lately stays', () => {
    const memo = new ContentMemo<number>({ limit: 10 });
    const kept = memo.of('kept', () => -1);
    for (let at = 0; at < 100; at += 1) {
      memo.of(at, () => at);
      expect(memo.of('kept', () => expect.fail('forgotten'))).to.equal(kept);
      expect(memo.size).to.be.at.most(10);
    }
    expect(memo.of(0, () => -2)).to.equal(-2);
  });

  it('is not remembered where the content is long', () => {
    const memo = new ContentMemo<number>({ longest: 10 });
    memo.of('a text that is too long', () => 1);
    expect(memo.size).to.equal(0);
  });
});
