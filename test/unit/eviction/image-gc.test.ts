// Which images go when the disk fills up, and after long.

import { expect } from 'chai';
import { agentOptions } from '../../../edge-agent/config.ts';
import { imageGcPolicy } from '../../../edge-agent/image-gc-policy.ts';
import {
  type ImageGcFacts,
  type ImageGcPolicy,
  type ImageTimes,
  planImageGc,
} from '../../../edge-agent/kubelet/images/plan-image-gc.ts';
import { loadOptions, messageOf } from '../../../shared/base/index.ts';

const policy: ImageGcPolicy = { highPercent: 85, lowPercent: 80, minimumAge: 120_000, maximumAge: 0 };
const image = (id: string, sizeBytes: number) => ({ id, names: [`${id}:1`], sizeBytes, createdAt: 0 });
const now = 1_000_000;
const times = (all: Record<string, ImageTimes>) => new Map(Object.entries(all));
const facts = (more: Partial<ImageGcFacts>): ImageGcFacts => ({
  ...{ usedBytes: 90, capacityBytes: 100, began: 0, now },
  images: [image('a', 3), image('b', 4), image('c', 5)],
  inUse: new Set(),
  times: times({
    a: { firstSeen: 0, lastUsed: 3 },
    b: { firstSeen: 0, lastUsed: 1 },
    c: { firstSeen: 0, lastUsed: 2 },
  }),
  ...more,
});
const ids = (images: readonly { id: string }[]) => images.map(({ id }) => id);
const removed = (more: Partial<ImageGcFacts>) => ids(planImageGc(facts(more), policy).remove);

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
  it('counts in whole percents of what is free, as the kubelet', () => {
    expect(removed({ usedBytes: 845, capacityBytes: 1000 })).to.deep.equal(['b', 'c', 'a']);
  });
  it('removes what was never used first, the one that came first before others', () => {
    const never = times({
      a: { firstSeen: 20, lastUsed: undefined },
      b: { firstSeen: Number.NEGATIVE_INFINITY, lastUsed: undefined },
      c: { firstSeen: 0, lastUsed: 1 },
    });
    expect(removed({ times: never })).to.deep.equal(['b', 'a', 'c']);
  });
  it('leaves what containers need, and what came just now', () => {
    const lately = times({
      a: { firstSeen: now - 119_000, lastUsed: undefined },
      b: { firstSeen: now - 121_000, lastUsed: now - 1000 },
    });
    expect(removed({ inUse: new Set(['b']), times: lately })).to.deep.equal([]);
    expect(removed({ times: lately })).to.deep.equal(['b']);
  });
  it('never makes room with a high threshold of 100', () => {
    const full = facts({ usedBytes: 100 });
    expect(planImageGc(full, { ...policy, highPercent: 100 }).remove).to.deep.equal([]);
    expect(ids(planImageGc(full, { ...policy, highPercent: 99 }).remove)).to.deep.equal(['b', 'c', 'a']);
  });

  describe('by age', () => {
    const aged = { ...policy, maximumAge: 600_000 };
    const old = (more: Partial<ImageGcFacts>) =>
      planImageGc(facts({ usedBytes: 1, ...more }), aged).old.map(({ id }) => id);
    const used = times({
      a: { firstSeen: 0, lastUsed: now - 599_000 },
      b: { firstSeen: 0, lastUsed: now - 601_000 },
      c: { firstSeen: now - 500_000, lastUsed: undefined },
    });
    it('removes what was not used for longer, on an empty disk too', () => {
      expect(old({ times: used })).to.deep.equal(['b']);
      expect(old({ times: used, inUse: new Set(['b']) })).to.deep.equal([]);
      expect(planImageGc(facts({ times: used, usedBytes: 1 }), policy).old).to.deep.equal([]);
    });
    it('waits until images were watched for that long', () => {
      expect(old({ times: used, began: now - 600_000 })).to.deep.equal([]);
      expect(old({ times: used, began: now - 600_001 })).to.deep.equal(['b']);
    });
    it('is not counted once more to make room', () => {
      const { old: gone, remove } = planImageGc(facts({ times: used }), aged);
      expect(ids(gone)).to.deep.equal(['b']);
      expect(ids(remove)).to.deep.equal(['c', 'a']);
    });
  });

  it('has options that must fit together', async () => {
    const policyOf = async (text: string) =>
      imageGcPolicy(await loadOptions(agentOptions, { file: 'agent.yaml', read: () => text }));
    const refusal = (text: string) => policyOf(text).then(() => '', messageOf);
    expect(await policyOf('imageMinimumGCAge: 1m\nimageMaximumGCAge: 720h')).to.deep.equal({
      ...{ highPercent: 85, lowPercent: 80, minimumAge: 60_000, maximumAge: 720 * 3_600_000 },
    });
    expect(await refusal('imageGcHighThreshold: 80')).to.equal(
      'imageGcLowThreshold: 80: must be less than imageGcHighThreshold, which is 80',
    );
    expect(await refusal('imageMaximumGCAge: 2m')).to.equal(
      'imageMaximumGCAge: 120s: must be more than imageMinimumGCAge, which is 120s',
    );
    expect(await refusal('imageMinimumGCAge: 5')).to.contain('expected a duration, e.g. 2m or 24h');
    expect(await refusal('imageMinimumGCAge: -5s')).to.contain('a duration that is not negative');
  });
});
