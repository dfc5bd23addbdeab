// The Kind PodDisruptionBudget: how many of an application's pods may be taken away at once.

export type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';

import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from 'kubernetes-types/policy/v1';
import {
  type FieldError,
  FieldPath,
  faults,
  type IntOrString,
  validateAtMostAll,
  validateConditions,
  validateIntOrPercent,
  validateLabelSelector,
} from '../../machinery/index.ts';
import { notNegative } from '../apps/replicated-pods.ts';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';

const specPath = new FieldPath('spec');
const statusPath = new FieldPath('status');
const evictionPolicies = ['AlwaysAllow', 'IfHealthyBudget'];

export const strategy: Strategy<PodDisruptionBudget> = {
  schema: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  // Upstream asks no more of the name than that it fits into a path.
  nameRule: 'path-segment',
  generation: true,
  needsRevision: true,
  prepareForCreate(budget) {
    Object.assign(budget, {
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    });
  },
  validate: ({ spec }) => validateSpec(spec ?? {}),
  validateStatusUpdate: ({ status }) => [
    ...validateConditions(status?.conditions, statusPath.child('conditions')),
    ...notNegative(status?.disruptionsAllowed, statusPath.child('disruptionsAllowed')),
    ...notNegative(status?.currentHealthy, statusPath.child('currentHealthy')),
    ...notNegative(status?.desiredHealthy, statusPath.child('desiredHealthy')),
    ...notNegative(status?.expectedPods, statusPath.child('expectedPods')),
  ],
  columns: [
    nameColumn(),
    textColumn(
      'Min Available',
      'The minimum number of pods that must be available.',
      ({ spec }) => `${spec?.minAvailable ?? 'N/A'}`,
    ),
    textColumn(
      'Max Unavailable',
      'The maximum number of pods that may be unavailable.',
      ({ spec }) => `${spec?.maxUnavailable ?? 'N/A'}`,
    ),
    integerColumn(
      'Allowed Disruptions',
      'Calculated number of pods that may be disrupted at this time.',
      ({ status }) => status?.disruptionsAllowed ?? 0,
    ),
    ageColumn(),
  ],
};

function validateSpec(spec: PodDisruptionBudgetSpec): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  const found: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    found.push(faults.invalid(specPath, spec, 'minAvailable and maxUnavailable cannot be both set'));
  }
  found.push(
    ...validateAmount(minAvailable, specPath.child('minAvailable')),
    ...validateAmount(maxUnavailable, specPath.child('maxUnavailable')),
    ...validateLabelSelector(selector, specPath.child('selector')),
  );
  if (policy !== undefined && !evictionPolicies.includes(policy)) {
    found.push(faults.notSupported(specPath.child('unhealthyPodEvictionPolicy'), policy, evictionPolicies));
  }
  return found;
}

function validateAmount(amount: IntOrString | undefined, path: FieldPath): FieldError[] {
  if (amount === undefined) return [];
  return [...validateIntOrPercent(amount, path), ...validateAtMostAll(amount, path)];
}
