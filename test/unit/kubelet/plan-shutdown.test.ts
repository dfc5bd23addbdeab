// Who ends when, and who has how long, as a board goes down.

import { expect } from 'chai';
import { shutdownGroups } from '../../../edge-agent/kubelet/plan-shutdown.ts';
import { podOf } from '../../support/memory-desired-state.ts';
import { container } from '../../support/observed-pod.ts';

const worker = (name: string, priority?: number) => ({
  record: {
    pod: podOf({ containers: [container('c')], ...(priority !== undefined && { priority }) }, { name }),
  },
});
const pods = [
  worker('critical', 2_000_000_000),
  worker('plain'),
  worker('node', 2_000_001_000),
  worker('high', 1_000),
];

describe('the order of a shutdown', () => {
  const periods: [number, number, [number, number]][] = [
    [30, 10, [20, 10]],
    [30, 0, [30, 0]],
    [10, 30, [0, 10]],
    [0, 0, [0, 0]],
  ];
  for (const [total, critical, seconds] of periods) {
    it(`of ${total} s, ${critical} s of them for critical pods`, () => {
      const groups = shutdownGroups(pods, { total, critical });
      expect(groups.map((group) => group.pods.map(({ record: { pod } }) => pod.metadata.name))).to.deep.equal(
        [
          ['plain', 'high'],
          ['critical', 'node'],
        ],
      );
      expect(groups.map((group) => group.seconds)).to.deep.equal(seconds);
    });
  }
});
