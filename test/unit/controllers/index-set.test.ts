// Sets of completion indexes, held to plain sets of numbers.

import { expect } from 'chai';
import { IndexSet } from '../../../hub/controllers/jobs/index-set.ts';

describe('a set of indexes', () => {
  const written: [text: string, again: string, size: number][] = [
    ['', '', 0],
    ['3', '3', 1],
    ['0,1', '0,1', 2],
    ['0-1', '0,1', 2],
    ['0,1,2,4', '0-2,4', 4],
    ['7,0-3,2-5', '0-5,7', 7],
    ['8-12', '8,9', 2],
    ['10,11', '', 0],
    ['x,1,-2,3-2', '1', 1],
  ];
  for (const [text, again, size] of written) {
    it(`reads '${text}' below 10 as '${again}'`, () => {
      const set = IndexSet.parse(text, 10);
      expect(`${set}`).to.equal(again);
      expect(set.size).to.equal(size);
    });
  }

  it('does not count what it holds one by one', () => {
    const set = IndexSet.parse('0-99999999999');
    expect(set.with([5]).size).to.equal(100_000_000_000);
    expect(set.firstMissing(2, 100_000_000_002)).to.eql([100_000_000_000, 100_000_000_001]);
  });

  it('does what a set of numbers does', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    const some = () => Array.from({ length: random(12) }, () => random(20));
    for (let round = 0; round < 300; round += 1) {
      const [a, b] = [some(), some()];
      const [plainA, plainB] = [new Set(a), new Set(b)];
      const [setA, setB] = [IndexSet.empty.with(a), IndexSet.empty.with(b)];
      const all = Array.from({ length: 20 }, (_, index) => index);
      expect(all.filter((index) => setA.has(index))).to.eql(all.filter((index) => plainA.has(index)));
      expect(setA.size).to.equal(plainA.size);
      expect(setA.countCommon(setB)).to.equal([...plainA].filter((index) => plainB.has(index)).length);
      expect(setA.union(setB).size).to.equal(new Set([...a, ...b]).size);
      expect(`${IndexSet.parse(`${setA}`)}`).to.equal(`${setA}`);
      const count = random(6);
      expect(setA.firstMissing(count, 15)).to.eql(
        all.filter((index) => index < 15 && !plainA.has(index)).slice(0, count),
      );
    }
  });
});
