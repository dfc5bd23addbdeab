// How far a proposal is followed: limits, stabilization windows, policies. Times are seconds.

import { expect } from 'chai';
import {
  beginning,
  planScaling,
  type ScalingHistory,
  withChange,
  withProposal,
} from '../../../hub/controllers/autoscaling/plan-scaling.ts';
import type { HorizontalPodAutoscaler } from '../../../shared/api/index.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
type Behavior = NonNullable<Spec['behavior']>;
type Rules = NonNullable<Behavior['scaleUp']>;

const now = 10_000_000;
const scaleTargetRef = { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' };

/** As they are stored: with the defaults of the API. */
function rules(given: Partial<Behavior> = {}): Behavior {
  const up = [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ];
  const down = [{ type: 'Percent', value: 100, periodSeconds: 15 }];
  return {
    scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: up, ...given.scaleUp },
    scaleDown: { selectPolicy: 'Max', policies: down, ...given.scaleDown },
  };
}

interface Case {
  about: string;
  min?: number;
  max?: number;
  current: number;
  proposed: number;
  behavior?: Partial<Behavior>;
  /** Seconds ago → what was proposed, or how many were added or taken away. */
  before?: [ago: number, replicas: number][];
  ups?: [ago: number, replicas: number][];
  downs?: [ago: number, replicas: number][];
  to: number;
  able?: string;
  limited?: string;
}

const pods = (value: number, periodSeconds: number) => ({ type: 'Pods', value, periodSeconds });
const percent = (value: number, periodSeconds: number) => ({ type: 'Percent', value, periodSeconds });
const up = (policies: Rules['policies'], more: Partial<Rules> = {}) => ({
  scaleUp: { policies: policies ?? [], ...more },
});
const down = (policies: Rules['policies'], more: Partial<Rules> = {}) => ({
  scaleDown: { policies: policies ?? [], stabilizationWindowSeconds: 0, ...more },
});

const cases: Case[] = [
  { about: 'goes where it is to', current: 3, proposed: 5, to: 5 },
  { about: 'stays', current: 3, proposed: 3, to: 3 },
  { about: 'does not exceed the most', max: 4, current: 3, proposed: 9, to: 4, limited: 'TooManyReplicas' },
  { about: 'keeps the fewest', min: 2, current: 3, proposed: 0, to: 2, limited: 'TooFewReplicas' },
  { about: 'no more than doubles', max: 100, current: 10, proposed: 50, to: 20, limited: 'ScaleUpLimit' },
  {
    about: 'may add up to four in the beginning',
    max: 9,
    current: 1,
    proposed: 8,
    to: 4,
    limited: 'ScaleUpLimit',
  },
  {
    about: 'stays as high as it was to be within five minutes',
    ...{ current: 5, proposed: 2, before: [[299, 4]], to: 4, able: 'ScaleDownStabilized' },
  },
  { about: 'not longer', current: 5, proposed: 2, before: [[300, 4]], to: 2 },
  {
    about: 'by its behavior stays as high as it was to be within its window',
    ...{ current: 5, proposed: 2, before: [[59, 4]], to: 4, able: 'ScaleDownStabilized' },
    behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
  },
  {
    about: 'by its behavior, not longer',
    ...{ current: 5, proposed: 2, before: [[60, 4]], to: 2 },
    behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
  },
  {
    about: 'by its behavior waits five minutes where its window down is not said',
    ...{ current: 5, proposed: 2, before: [[299, 3]], to: 3, behavior: {}, able: 'ScaleDownStabilized' },
  },
  {
    about: 'by its behavior stays as low as it was to be within its window',
    ...{ current: 5, proposed: 9, before: [[30, 6]], to: 6, able: 'ScaleUpStabilized' },
    behavior: up([percent(1000, 15)], { stabilizationWindowSeconds: 60 }),
  },
  {
    about: 'by its behavior does not follow what comes and goes',
    ...{ current: 5, proposed: 9, before: [[30, 2]], to: 5, able: 'ScaleUpStabilized' },
    behavior: up([percent(1000, 15)], { stabilizationWindowSeconds: 60 }),
  },
  {
    about: 'adds so many pods in a period',
    ...{ max: 50, current: 10, proposed: 40, to: 14, behavior: up([pods(4, 60)]), limited: 'ScaleUpLimit' },
  },
  {
    about: 'counts those that it added in the period already',
    ...{ max: 50, current: 13, proposed: 40, ups: [[30, 3]], to: 14, behavior: up([pods(4, 60)]) },
    limited: 'ScaleUpLimit',
  },
  {
    about: 'adds none where the period had its share',
    ...{ max: 50, current: 14, proposed: 40, ups: [[30, 6]], to: 14, behavior: up([pods(4, 60)]) },
    limited: 'ScaleUpLimit',
  },
  {
    about: 'counts those that it took away in the period',
    ...{ max: 50, current: 10, proposed: 40, downs: [[30, 5]], to: 19, behavior: up([pods(4, 60)]) },
    limited: 'ScaleUpLimit',
  },
  {
    about: 'does not count those of periods before',
    ...{ max: 50, current: 13, proposed: 40, ups: [[61, 3]], to: 17, behavior: up([pods(4, 60)]) },
    limited: 'ScaleUpLimit',
  },
  {
    about: 'adds at least one by percent',
    ...{ max: 50, current: 1, proposed: 40, to: 2, behavior: up([percent(10, 60)]), limited: 'ScaleUpLimit' },
  },
  {
    about: 'goes by the policy that allows most',
    ...{ max: 50, current: 10, proposed: 40, to: 20, behavior: up([pods(4, 60), percent(100, 60)]) },
    limited: 'ScaleUpLimit',
  },
  {
    about: 'goes by the policy that allows least where it is to',
    ...{ max: 50, current: 10, proposed: 40, to: 14, limited: 'ScaleUpLimit' },
    behavior: up([pods(4, 60), percent(100, 60)], { selectPolicy: 'Min' }),
  },
  {
    about: 'does not scale up where that is disabled',
    ...{ max: 50, current: 10, proposed: 40, to: 10, limited: 'ScaleUpLimit' },
    behavior: up([pods(4, 60)], { selectPolicy: 'Disabled' }),
  },
  {
    about: 'takes away so many pods in a period',
    ...{ current: 10, proposed: 2, to: 8, behavior: down([pods(2, 60)]), limited: 'ScaleDownLimit' },
  },
  {
    about: 'takes away by percent, rounded down to what stays',
    ...{ current: 9, proposed: 1, to: 4, behavior: down([percent(50, 60)]), limited: 'ScaleDownLimit' },
  },
  {
    about: 'takes away by the policy that allows least where it is to',
    ...{ current: 10, proposed: 1, to: 8, limited: 'ScaleDownLimit' },
    behavior: down([pods(2, 60), percent(50, 60)], { selectPolicy: 'Min' }),
  },
  {
    about: 'takes none away where that is disabled',
    ...{ current: 10, proposed: 1, to: 10, limited: 'ScaleDownLimit' },
    behavior: down([pods(2, 60)], { selectPolicy: 'Disabled' }),
  },
  {
    about: 'counts those that it took away in the period already',
    ...{ current: 8, proposed: 1, downs: [[59, 2]], to: 7, behavior: down([pods(3, 60)]) },
    limited: 'ScaleDownLimit',
  },
  {
    about: 'keeps the fewest by its behavior too',
    ...{
      min: 3,
      current: 8,
      proposed: 1,
      to: 3,
      behavior: down([percent(100, 15)]),
      limited: 'TooFewReplicas',
    },
  },
  {
    about: 'does not exceed the most by its behavior either',
    ...{ max: 9, current: 8, proposed: 20, to: 9, behavior: {}, limited: 'TooManyReplicas' },
  },
];

const ago = (list: Case['before'] = []) =>
  list.map(([seconds, replicas]) => ({ at: now - seconds * 1000, replicas }));

function viewOf({ min = 1, max = 10, current, proposed, behavior, before, ups, downs }: Case) {
  const spec: Spec = {
    scaleTargetRef,
    minReplicas: min,
    maxReplicas: max,
    ...(behavior && { behavior: rules(behavior) }),
  };
  const history: ScalingHistory = { proposals: ago(before), ups: ago(ups), downs: ago(downs) };
  return { spec, current, proposed, history, now };
}

describe('an autoscaler', () => {
  for (const each of cases)
    it(each.about, () => {
      const { replicas, able, limited, isLimited } = planScaling(viewOf(each));
      expect(replicas).to.equal(each.to);
      expect(able.reason).to.equal(each.able ?? 'ReadyForNewScale');
      expect(limited.reason).to.equal(each.limited ?? 'DesiredWithinRange');
      expect(isLimited).to.equal(each.limited !== undefined);
    });

  it('begins with what there is, so that nothing goes at once after a restart', () => {
    const view = { ...viewOf({ about: '', current: 5, proposed: 1, to: 5 }), history: beginning(5, now) };
    expect(planScaling(view).replicas).to.equal(5);
    expect(planScaling({ ...view, now: now + 300_000 }).replicas).to.equal(1);
  });

  it('forgets what no window and no policy reaches any more', () => {
    const view = viewOf({
      about: '',
      current: 5,
      proposed: 3,
      to: 3,
      before: [
        [301, 9],
        [10, 4],
      ],
    });
    expect(withProposal(view).proposals.map(({ replicas }) => replicas)).to.eql([4, 3]);
    const spec = { ...view.spec, behavior: rules(up([pods(1, 60)])) };
    const history = {
      ...view.history,
      ups: ago([
        [61, 1],
        [59, 2],
      ]),
    };
    const changed = withChange(history, spec, { from: 5, to: 8, now });
    expect(changed.ups.map(({ replicas }) => replicas)).to.eql([2, 3]);
    expect(changed.downs).to.eql([]);
    expect(withChange(history, spec, { from: 8, to: 5, now }).downs).to.eql([{ at: now, replicas: 3 }]);
    // Without a behavior nobody asks.
    expect(withChange(history, view.spec, { from: 5, to: 8, now }).ups).to.eql([]);
  });
});
