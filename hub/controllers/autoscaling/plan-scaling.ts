// How far what is proposed may be followed: not below minReplicas or above maxReplicas, not up and down with every moment
// (stabilization), and not faster than spec.behavior says. Pure, after upstream's pkg/controller/podautoscaler/horizontal.go.

import type { HorizontalPodAutoscaler } from '../../../shared/api/index.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
type Behavior = NonNullable<Spec['behavior']>;
type Rules = NonNullable<Behavior['scaleUp']>;

/** Times are milliseconds that never go backwards. */
export interface ScalingHistory {
  /** What was proposed. */
  proposals: readonly { at: number; replicas: number }[];
  /** Replicas that were added, and that were taken away. */
  ups: readonly Change[];
  downs: readonly Change[];
}

interface Change {
  at: number;
  replicas: number;
}

export interface ScalingView {
  spec: Spec;
  current: number;
  /** After what was measured. */
  proposed: number;
  history: ScalingHistory;
  now: number;
}

export interface Said {
  reason: string;
  message: string;
}

export interface Scaling {
  replicas: number;
  /** For the condition AbleToScale. */
  able: Said;
  /** For the condition ScalingLimited, which is True where `isLimited`. */
  limited: Said;
  isLimited: boolean;
}

/** Of a target that nobody has looked at yet: it is as it is to be. */
export function beginning(replicas: number, now: number): ScalingHistory {
  return { proposals: [{ at: now, replicas }], ups: [], downs: [] };
}

const defaultDownWindow = 300;
const matches: Said = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
const withinRange: Said = {
  reason: 'DesiredWithinRange',
  message: 'the desired count is within the acceptable range',
};
const tooMany: Said = {
  reason: 'TooManyReplicas',
  message: 'the desired replica count is more than the maximum replica count',
};
const tooFew: Said = {
  reason: 'TooFewReplicas',
  message: 'the desired replica count is less than the minimum replica count',
};
const tooFastUp: Said = {
  reason: 'ScaleUpLimit',
  message: 'the desired replica count is increasing faster than the maximum scale rate',
};
const tooFastDown: Said = {
  reason: 'ScaleDownLimit',
  message: 'the desired replica count is decreasing faster than the maximum scale rate',
};
const upStabilized: Said = {
  reason: 'ScaleUpStabilized',
  message: 'recent recommendations were lower than current one, applying the lowest recent recommendation',
};
const downStabilized: Said = {
  reason: 'ScaleDownStabilized',
  message: 'recent recommendations were higher than current one, applying the highest recent recommendation',
};

export function planScaling(view: ScalingView): Scaling {
  const { spec, current, proposed } = view;
  const { wanted, stabilized } = spec.behavior ? stabilizeBoth(view) : stabilizeDown(view);
  const [replicas, limited] = spec.behavior
    ? limitByBehavior(view, spec.behavior, wanted)
    : limitPlainly(spec, current, wanted);
  return {
    replicas,
    able: wanted === proposed ? matches : stabilized,
    limited,
    isLimited: replicas !== wanted,
  };
}

/** The history with what is proposed now, without what no window reaches any more. */
export function withProposal({ spec, proposed, history, now }: ScalingView): ScalingHistory {
  const { scaleUp, scaleDown } = spec.behavior ?? {};
  const window = Math.max(windowOf(scaleUp, 0), windowOf(scaleDown, defaultDownWindow));
  const proposals = within([...history.proposals, { at: now, replicas: proposed }], window, now);
  return { ...history, proposals };
}

/** The history with what was changed by now, without what no policy looks at any more. */
export function withChange(
  history: ScalingHistory,
  { behavior }: Spec,
  change: { from: number; to: number; now: number },
): ScalingHistory {
  const { from, to, now } = change;
  const policies = [...(behavior?.scaleUp?.policies ?? []), ...(behavior?.scaleDown?.policies ?? [])];
  const longest = Math.max(0, ...policies.map(({ periodSeconds }) => periodSeconds));
  const added = (list: readonly Change[], replicas: number) =>
    within(replicas > 0 ? [...list, { at: now, replicas }] : list, longest, now);
  return { ...history, ups: added(history.ups, to - from), downs: added(history.downs, from - to) };
}

/** Those of the last seconds. */
function within<T extends { at: number }>(list: readonly T[], seconds: number, now: number): T[] {
  return list.filter(({ at }) => now - at < seconds * 1000);
}

function windowOf(rules: Rules | undefined, otherwise: number): number {
  return rules?.stabilizationWindowSeconds ?? otherwise;
}

interface Stabilized {
  wanted: number;
  /** What is said where that is not what was proposed. */
  stabilized: Said;
}

function stabilizeDown({ proposed, history, now }: ScalingView): Stabilized {
  const recent = proposalsWithin(history, defaultDownWindow, now);
  return { wanted: Math.max(proposed, ...recent), stabilized: downStabilized };
}

function stabilizeBoth({ spec, current, proposed, history, now }: ScalingView): Stabilized {
  const { scaleUp, scaleDown } = spec.behavior ?? {};
  const lowest = Math.min(proposed, ...proposalsWithin(history, windowOf(scaleUp, 0), now));
  const highest = Math.max(
    proposed,
    ...proposalsWithin(history, windowOf(scaleDown, defaultDownWindow), now),
  );
  return {
    wanted: Math.min(Math.max(current, lowest), highest),
    stabilized: proposed >= current ? upStabilized : downStabilized,
  };
}

function proposalsWithin({ proposals }: ScalingHistory, seconds: number, now: number): number[] {
  return within(proposals, seconds, now).map(({ replicas }) => replicas);
}

type Limited = [replicas: number, said: Said];

/** Up to twice as many at once, or four. */
function limitPlainly({ minReplicas = 1, maxReplicas }: Spec, current: number, wanted: number): Limited {
  const most = Math.max(2 * current, 4);
  if (wanted < minReplicas) return [minReplicas, tooFew];
  if (wanted > Math.min(most, maxReplicas)) {
    return maxReplicas > most ? [most, tooFastUp] : [maxReplicas, tooMany];
  }
  return [wanted, withinRange];
}

function limitByBehavior(
  view: ScalingView,
  { scaleUp = {}, scaleDown = {} }: Behavior,
  wanted: number,
): Limited {
  const { spec, current } = view;
  if (wanted > current) {
    const most = Math.max(current, furthest(view, scaleUp, 'up'));
    if (wanted <= Math.min(most, spec.maxReplicas)) return [wanted, withinRange];
    return spec.maxReplicas > most ? [most, tooFastUp] : [spec.maxReplicas, tooMany];
  }
  if (wanted < current) {
    const { minReplicas = 1 } = spec;
    const least = Math.min(current, furthest(view, scaleDown, 'down'));
    if (wanted >= Math.max(least, minReplicas)) return [wanted, withinRange];
    return minReplicas < least ? [least, tooFastDown] : [minReplicas, tooFew];
  }
  return [wanted, withinRange];
}

/** How far its policies let it go: by the one that allows most, or least. */
function furthest(view: ScalingView, rules: Rules, direction: 'up' | 'down'): number {
  const { selectPolicy, policies = [] } = rules;
  if (selectPolicy === 'Disabled') return view.current;
  const reach = policies.map((policy) => reachOf(view, policy, direction));
  const isHighest = (selectPolicy === 'Min') === (direction === 'down');
  return isHighest ? Math.max(...reach) : Math.min(...reach);
}

function reachOf(
  { current, history, now }: ScalingView,
  { type, value, periodSeconds }: NonNullable<Rules['policies']>[number],
  direction: 'up' | 'down',
): number {
  const changed = (list: readonly Change[]) =>
    list.filter(({ at }) => now - at < periodSeconds * 1000).reduce((sum, { replicas }) => sum + replicas, 0);
  const begun = current - changed(history.ups) + changed(history.downs);
  const sign = direction === 'up' ? 1 : -1;
  if (type === 'Pods') return begun + sign * value;
  const scaled = begun * (1 + (sign * value) / 100);
  // Up at least by one.
  return direction === 'up' ? Math.ceil(scaled) : Math.trunc(scaled);
}
