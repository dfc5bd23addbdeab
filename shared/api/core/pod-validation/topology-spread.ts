// How evenly the pods of a set are spread over nodes, zones …

import type { TopologySpreadConstraint } from 'kubernetes-types/core/v1';
import {
  type FieldError,
  type FieldPath,
  faults,
  repeats,
  validateLabelSelector,
} from '../../../machinery/index.ts';
import { validateSpreadKeys } from './label-keys.ts';
import { oneOf } from './rules.ts';

const actions = ['DoNotSchedule', 'ScheduleAnyway'];
const policies = ['Honor', 'Ignore'];

export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[],
  path: FieldPath,
): FieldError[] {
  const repeated = repeats(constraints.map(pairOf).reverse());
  return constraints.flatMap((constraint, position) => {
    const at = path.index(position);
    const { nodeAffinityPolicy, nodeTaintsPolicy, labelSelector, matchLabelKeys = [] } = constraint;
    return [
      ...validateRequired(constraint, at),
      ...(repeated.has(constraints.length - 1 - position) ? [standsAgain(constraint, at)] : []),
      ...validateMinDomains(constraint, at.child('minDomains')),
      ...validatePolicy(nodeAffinityPolicy, at.child('nodeAffinityPolicy')),
      ...validatePolicy(nodeTaintsPolicy, at.child('nodeTaintsPolicy')),
      ...validateSpreadKeys(matchLabelKeys, labelSelector, at.child('matchLabelKeys')),
      ...validateLabelSelector(labelSelector, at.child('labelSelector')),
    ];
  });
}

function validateRequired(constraint: TopologySpreadConstraint, path: FieldPath): FieldError[] {
  const { maxSkew = 0, topologyKey, whenUnsatisfiable = '' } = constraint;
  return [
    ...(maxSkew > 0 ? [] : [faults.invalid(path.child('maxSkew'), maxSkew, 'must be greater than zero')]),
    ...(topologyKey ? [] : [faults.required(path.child('topologyKey'), 'can not be empty')]),
    ...oneOf(whenUnsatisfiable, actions, path.child('whenUnsatisfiable')),
  ];
}

function pairOf({ topologyKey, whenUnsatisfiable }: TopologySpreadConstraint): string {
  return `{${topologyKey}, ${whenUnsatisfiable}}`;
}

/** Upstream blames all but the last of them. */
function standsAgain(constraint: TopologySpreadConstraint, path: FieldPath): FieldError {
  return faults.duplicate(path.child('{topologyKey, whenUnsatisfiable}'), pairOf(constraint));
}

function validateMinDomains(
  { minDomains, whenUnsatisfiable }: TopologySpreadConstraint,
  path: FieldPath,
): FieldError[] {
  if (minDomains === undefined) return [];
  const found = minDomains > 0 ? [] : [faults.invalid(path, minDomains, 'must be greater than zero')];
  if (whenUnsatisfiable === 'DoNotSchedule') return found;
  const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
  return [...found, faults.invalid(path, minDomains, detail)];
}

function validatePolicy(policy: string | undefined, path: FieldPath): FieldError[] {
  return policy === undefined ? [] : oneOf(policy, policies, path);
}
