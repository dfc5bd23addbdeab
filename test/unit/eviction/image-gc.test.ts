// Which images go when the disk fills up.

import { expect } from 'chai';
import { type ImageGcFacts, planImageGc } from '../../../edge-agent/kubelet/images/plan-image-gc.ts';

const policy = { highPercent: 85, lowPercent: 80, minimumAge: 120_000 };
const image = (id: string, sizeBytes: number) => ({ id, names: [`${id}:1`], sizeBytes, createdAt: 0 });
const now = 1_000_000;
const facts = (more: Partial<ImageGcFacts>): ImageGcFacts => ({
  usedBytes: 90,
  capacityBytes: 100,
  images: [image('a', 3), image('b', 4), image('c', 5)],
  inUse: new Set(),
  lastUsed: new Map([
    ['a', 3],
    ['b', 1],
    ['c', 2],
  ]),
  now,
  ...more,
});
const removed = (more: Partial<ImageGcFacts>) => planImageGc(facts(more), policy).remove.map(({ id }) => id);

describe('the collection of images', () => {
  it('leaves everything below the high threshold', () => {
    expect(removed({ usedBytes: 84 })).to.deep.equal([]);
    expect(removed({ capacityBytes: 0 })).to.deep.equal([]);
  });
  it('removes what was not used for longest, until the low threshold is reached', () => {
    expect(removed({ usedBytes: 85 })).to.deep.equal(['b', 'c']);
    expect(removed({})).to.deep.equal(['b', 'c', 'a']);
    expect(planImageGc(facts({}), policy).wantedBytes).to.equal(10);
  });
  it('leaves what containers need, and what was used just now', () => {
    const lastUsed = new Map([
      ['a', now - 119_000],
      ['b', now - 121_000],
    ]);
    expect(removed({ inUse: new Set(['b']), lastUsed })).to.deep.equal([]);
    expect(removed({ lastUsed })).to.deep.equal(['b']);
  });
});
