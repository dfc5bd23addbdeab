// Who ends when, and who has how long, as a board goes down.

import { expect } from 'chai';
import { type ShutdownPeriod, shutdownGroups } from '../../../edge-agent/kubelet/plan-shutdown.ts';
import { periodsByPriority } from '../../../edge-agent/option-parsers.ts';
import { type ShutdownOptions, shutdownPeriods } from '../../../edge-agent/shutdown-policy.ts';
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
  worker('low', -10),
];

const ended = (periods: readonly ShutdownPeriod[]) =>
  shutdownGroups(pods, periods).map(({ pods: group, seconds }) => [
    seconds,
    ...group.map(({ record: { pod } }) => pod.metadata.name),
  ]);
const options = (more: Partial<ShutdownOptions>): ShutdownOptions => ({
  shutdownGracePeriod: 0,
  shutdownGracePeriodCriticalPods: 0,
  shutdownGracePeriodByPodPriority: [],
  ...more,
});

describe('the order of a shutdown', () => {
  for (const [total, critical] of [
    [30, 10],
    [30, 0],
    [10, 10],
  ] as const) {
    it(`of ${total} s, ${critical} s of them for critical pods`, () => {
      const periods = shutdownPeriods(
        options({ shutdownGracePeriod: total, shutdownGracePeriodCriticalPods: critical }),
      );
      expect(ended(periods)).to.deep.equal([
        [total - critical, 'plain', 'high', 'low'],
        [critical, 'critical', 'node'],
      ]);
    });
  }

  it('by the priorities that are named: each pod with the highest that is not above its own', () => {
    const named = periodsByPriority([
      { priority: 1000, shutdownGracePeriodSeconds: 20 },
      { priority: 0, shutdownGracePeriodSeconds: 10 },
      { priority: 2_000_000_001, shutdownGracePeriodSeconds: 30 },
    ]);
    expect(ended(shutdownPeriods(options({ shutdownGracePeriodByPodPriority: named })))).to.deep.equal([
      [10, 'plain', 'low'],
      [20, 'critical', 'high'],
      [30, 'node'],
    ]);
  });

  it('is none where no time is given', () => {
    expect(shutdownPeriods(options({}))).to.deep.equal([]);
  });

  it('is refused where it is said in two ways, or not to be understood', () => {
    const period = { priority: 0, seconds: 10 };
    expect(() =>
      shutdownPeriods(options({ shutdownGracePeriod: 5, shutdownGracePeriodByPodPriority: [period] })),
    ).to.throw('shutdownGracePeriodByPodPriority: says the same as shutdownGracePeriod');
    expect(() => shutdownPeriods(options({ shutdownGracePeriodCriticalPods: 5 }))).to.throw(
      'shutdownGracePeriodCriticalPods: 5: must be at most shutdownGracePeriod (0)',
    );
    const item = { priority: 5, shutdownGracePeriodSeconds: 10 };
    expect(() => periodsByPriority([item, item])).to.throw('expected priority 5 once');
    expect(() => periodsByPriority([{ priority: 5, seconds: 1 }])).to.throw(
      'expected a list of {priority, shutdownGracePeriodSeconds}',
    );
    expect(() => periodsByPriority([{ ...item, shutdownGracePeriodSeconds: -1 }])).to.throw();
  });
});
