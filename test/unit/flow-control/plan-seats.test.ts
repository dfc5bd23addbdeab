// How seats are divided among levels.

import { expect } from 'chai';
import fc from 'fast-check';
import { DroppedRequests } from '../../../hub/apiserver/flow-control/dropped-requests.ts';
import { boundsOf, divide, planSeats } from '../../../hub/apiserver/flow-control/plan-seats.ts';
import { SeatDemand } from '../../../hub/apiserver/flow-control/seat-demand.ts';

const claims = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 }))
    .map(([lower, more, further]) => ({ lower, target: lower + more, upper: lower + further })),
  { minLength: 1, maxLength: 8 },
);

describe('the seats of priority levels', () => {
  it('are those of kube-apiserver for what a cluster begins with', () => {
    const shares = { exempt: 0, 'catch-all': 5, system: 30, 'node-high': 40 };
    const others = { 'leader-election': 10, 'workload-high': 40, 'workload-low': 100, 'global-default': 20 };
    const lendable: Record<string, number> = { system: 33, 'node-high': 25, 'workload-low': 90 };
    const all = { ...shares, ...others };
    const bounds = boundsOf(
      600,
      Object.entries(all).map(([name, nominalConcurrencyShares]) => ({
        ...{ nominalConcurrencyShares, lendablePercent: lendable[name] ?? 0 },
      })),
    );
    expect(Object.fromEntries(Object.keys(all).map((name, at) => [name, bounds[at]]))).to.deep.include({
      exempt: { nominal: 0, lower: 0, upper: 600 },
      'catch-all': { nominal: 13, lower: 13, upper: 613 },
      system: { nominal: 74, lower: 50, upper: 674 },
      'workload-low': { nominal: 245, lower: 24, upper: 845 },
    });
    expect(
      boundsOf(100, [{ nominalConcurrencyShares: 1, lendablePercent: 50, borrowingLimitPercent: 20 }]),
    ).to.deep.equal([{ nominal: 100, lower: 50, upper: 120 }]);
  });

  it('are divided in proportion between bounds, and all of them where that can be', () => {
    fc.assert(
      fc.property(claims, fc.integer({ min: 0, max: 500 }), (all, total) => {
        const { parts, fraction } = divide(total, all);
        const lowest = all.reduce((sum, { lower }) => sum + lower, 0);
        const highest = all.reduce((sum, { upper }) => sum + upper, 0);
        const sum = parts.reduce((a, b) => a + b, 0);
        expect(sum).to.be.closeTo(Math.max(lowest, Math.min(highest, total)), 1e-6);
        for (const [at, { lower, upper, target }] of all.entries()) {
          const part = parts[at] ?? Number.NaN;
          expect(part).to.be.within(lower, upper);
          if (part > lower && part < upper)
            expect(part).to.be.closeTo(fraction * Math.max(target, 0.001), 1e-6);
        }
      }),
    );
  });

  const level = (fields: object) => ({
    ...{ exempt: false, nominal: 10, lower: 5, upper: 100, highWatermark: 0, smoothed: 0 },
    ...fields,
  });

  it('are lent by who needs none to who needs many', () => {
    const { limits } = planSeats([level({ highWatermark: 50, smoothed: 40 }), level({})]);
    expect(limits).to.deep.equal([15, 5]);
  });

  it('are not lent beyond what may be: a busy level keeps its own', () => {
    const busy = { highWatermark: 50, smoothed: 40 };
    expect(planSeats([level(busy), level(busy)]).limits).to.deep.equal([10, 10]);
  });

  it('go to exempt requests first', () => {
    const exempt = level({ exempt: true, nominal: 0, lower: 0, highWatermark: 12 });
    const busy = { highWatermark: 10, smoothed: 10 };
    const { limits, fairFraction } = planSeats([exempt, level(busy), level(busy)]);
    expect(limits).to.deep.equal([12, 5, 5]);
    expect(fairFraction).to.equal(0);
  });
});

describe('the demand for seats', () => {
  it('is averaged over time, and falls slowly when there is none', () => {
    const demand = new SeatDemand(0);
    demand.set(4, 0);
    demand.set(0, 5_000);
    const { highWatermark, average, deviation, smoothed } = demand.close(10_000, 1);
    expect({ highWatermark, average, deviation, smoothed }).to.deep.equal({
      ...{ highWatermark: 4, average: 2, deviation: 2, smoothed: 4 },
    });
    expect(demand.close(20_000, 1)).to.deep.equal({
      ...{ highWatermark: 0, average: 0, deviation: 0, smoothed: 4 * 0.977 },
    });
    expect(demand.close(320_000, 30).smoothed).to.be.closeTo(4 * 0.977 ** 31, 1e-9);
  });
});

describe('who is refused', () => {
  it('is told to wait longer while many are, and less so again', () => {
    const dropped = new DroppedRequests();
    const each = (from: number, to: number, count: number) => {
      for (let second = from; second < to; second += 1)
        for (let at = 0; at < count; at += 1) dropped.record(second);
    };
    each(100, 101, 10);
    expect(dropped.retryAfter).to.equal(1);
    each(101, 160, 10);
    expect(dropped.retryAfter).to.equal(32);
    for (let second = 300; second < 400; second += 40) dropped.record(second);
    expect(dropped.retryAfter).to.equal(29);
  });
});
