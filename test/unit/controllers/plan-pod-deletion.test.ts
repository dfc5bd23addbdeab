// Which pod of two goes first.

import { expect } from 'chai';
import fc from 'fast-check';
import { rankForDeletion } from '../../../hub/controllers/pods/plan-pod-deletion.ts';
import { now, type SamplePod, samplePod } from './sample-sets.ts';

const crowd: Record<string, number> = { crowded: 5, lonely: 1 };

function first(a: SamplePod, b: SamplePod): string | undefined {
  const pods = [samplePod('stays', b), samplePod('goes', a)];
  return rankForDeletion(pods, (node) => crowd[node] ?? 0, now)[0]?.metadata.name;
}

describe('the pod that goes first', () => {
  const cases: [rule: string, goes: SamplePod, stays: SamplePod][] = [
    ['has no node', {}, { node: 'lonely' }],
    ['is pending', { node: 'lonely', phase: 'Pending' }, { node: 'lonely' }],
    ['is in an unknown state', { node: 'lonely', phase: 'Unknown' }, { node: 'lonely' }],
    ['is not ready', { node: 'lonely' }, { node: 'lonely', readyFor: 1 }],
    ['costs less', { node: 'lonely', readyFor: 9, cost: '-5' }, { node: 'lonely', readyFor: 1 }],
    ['is on a crowded node', { node: 'crowded', readyFor: 9 }, { node: 'lonely', readyFor: 1 }],
    ['is ready for a shorter time', { node: 'lonely', readyFor: 1 }, { node: 'lonely', readyFor: 100 }],
    [
      'has restarted more often',
      { node: 'lonely', readyFor: 9, restarts: 3 },
      { node: 'lonely', readyFor: 9 },
    ],
    ['is younger', { node: 'lonely', created: 1 }, { node: 'lonely', created: 100 }],
  ];
  for (const [rule, goes, stays] of cases) {
    it(rule, () => {
      expect(first(goes, stays)).to.equal('goes');
      expect(first(stays, goes)).to.equal('stays');
    });
  }

  it('has a cost that is a number: anything else counts as none', () => {
    expect(first({ node: 'lonely', readyFor: 1, cost: '+5' }, { node: 'lonely', readyFor: 100 })).to.equal(
      'goes',
    );
  });

  it('is the same in whatever order they come', () => {
    const pod = fc.record({
      node: fc.constantFrom('crowded', 'lonely'),
      phase: fc.constantFrom('Pending', 'Running'),
      readyFor: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined }),
      created: fc.integer({ min: 0, max: 1000 }),
      restarts: fc.integer({ min: 0, max: 3 }),
    });
    const options = fc.array(pod, { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(options, (samples) => {
        const pods = samples.map(({ readyFor, ...rest }, turn) =>
          samplePod(`p${turn}`, { ...rest, ...(readyFor !== undefined && { readyFor }) }),
        );
        const names = (list: typeof pods) =>
          rankForDeletion(list, (node) => crowd[node] ?? 0, now).map(({ metadata }) => metadata.name);
        expect(names([...pods].reverse())).to.eql(names(pods));
      }),
    );
  });
});
