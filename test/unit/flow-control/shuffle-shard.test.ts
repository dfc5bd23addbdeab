// Hands of queues: different cards, all hands alike, and the same on every server.

import { expect } from 'chai';
import fc from 'fast-check';
import { deal, flowHash } from '../../../hub/apiserver/flow-control/shuffle-shard.ts';

const most = 2n ** 64n - 1n;

describe('a hand of queues', () => {
  it('has as many different queues as it should, all of which there are', () => {
    const decks = fc
      .integer({ min: 1, max: 512 })
      .chain((deck) => fc.tuple(fc.constant(deck), fc.integer({ min: 1, max: Math.min(deck, 6) })));
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: most }), decks, (hash, [deck, size]) => {
        const hand = deal(hash, deck, size);
        expect(hand).to.have.length(size);
        expect(new Set(hand).size).to.equal(size);
        for (const card of hand) expect(card).to.be.within(0, deck - 1);
      }),
    );
  });

  it('is any hand with the same chance: a small deck shows each of them as often', () => {
    const seen = new Map<string, number>();
    for (let hash = 0n; hash < 60n; hash += 1n) {
      const hand = deal(hash, 5, 3).join();
      seen.set(hand, (seen.get(hand) ?? 0) + 1);
    }
    expect(seen.size).to.equal(60);
  });

  it('follows from the schema and who is told apart', () => {
    expect(flowHash('a', 'b')).to.equal(flowHash('a', 'b'));
    const all = [flowHash('a', 'b'), flowHash('ab', ''), flowHash('', 'ab'), flowHash('b', 'a')];
    expect(new Set(all).size).to.equal(4);
    // sha256 of "service-accounts", a zero byte and "ada": its first eight bytes, the last of them first.
    expect(flowHash('service-accounts', 'ada')).to.equal(0x142c487806aa6d3en);
  });
});
