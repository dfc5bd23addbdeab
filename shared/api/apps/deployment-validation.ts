// What is wrong with a Deployment, and with a change of one.

import type {
  Deployment,
  DeploymentSpec,
  DeploymentStrategy,
  RollingUpdateDeployment,
} from 'kubernetes-types/apps/v1';
import {
  type FieldError,
  FieldPath,
  faults,
  goIntOrString,
  type IntOrString,
  type Live,
  percentOf,
  validateAtMostAll,
  validateIntOrPercent,
} from '../../machinery/index.ts';
import {
  notNegative,
  validateCounts,
  validateNotDecremented,
  validateSelectorAndTemplate,
  validateSelectorUpdate,
} from './replicated-pods.ts';

const specPath = new FieldPath('spec');
const statusPath = new FieldPath('status');

export function validateDeployment({ spec }: Deployment): FieldError[] {
  // Without a spec the only faults are those of the selector and the template.
  if (!spec) return validateSelectorAndTemplate({}, specPath);
  return [
    ...notNegative(spec.replicas, specPath.child('replicas')),
    ...validateSelectorAndTemplate(spec, specPath),
    ...validateStrategy(spec.strategy ?? {}, specPath.child('strategy')),
    ...notNegative(spec.minReadySeconds, specPath.child('minReadySeconds')),
    ...notNegative(spec.revisionHistoryLimit, specPath.child('revisionHistoryLimit')),
    ...validateProgressDeadline(spec),
  ];
}

function validateProgressDeadline({
  progressDeadlineSeconds: deadline,
  minReadySeconds = 0,
}: DeploymentSpec) {
  if (deadline === undefined) return [];
  const path = specPath.child('progressDeadlineSeconds');
  const found = notNegative(deadline, path);
  if (deadline > minReadySeconds) return found;
  return [...found, faults.invalid(path, deadline, 'must be greater than minReadySeconds')];
}

function validateStrategy(strategy: DeploymentStrategy, path: FieldPath): FieldError[] {
  const { type, rollingUpdate } = strategy;
  const at = path.child('rollingUpdate');
  switch (type) {
    case 'Recreate':
      if (!rollingUpdate) return [];
      return [faults.forbidden(at, "may not be specified when strategy `type` is 'Recreate'")];
    case 'RollingUpdate':
      if (!rollingUpdate) return [faults.required(at, 'this should be defaulted and never be nil')];
      return validateRollingUpdate(rollingUpdate, at);
    default:
      return [faults.notSupported(path, strategy, ['Recreate', 'RollingUpdate'])];
  }
}

function validateRollingUpdate(update: RollingUpdateDeployment, path: FieldPath): FieldError[] {
  const { maxUnavailable = 0, maxSurge = 0 } = update;
  const at = path.child('maxUnavailable');
  const found = [
    ...validateIntOrPercent(maxUnavailable, at),
    ...validateIntOrPercent(maxSurge, path.child('maxSurge')),
  ];
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    found.push(faults.invalid(at, goIntOrString(maxUnavailable), 'may not be 0 when `maxSurge` is 0'));
  }
  return [...found, ...validateAtMostAll(maxUnavailable, at)];
}

function isZero(value: IntOrString): boolean {
  return (typeof value === 'number' ? value : (percentOf(value) ?? 0)) === 0;
}

export function validateDeploymentUpdate(next: Deployment, old: Live<Deployment>): FieldError[] {
  return validateSelectorUpdate(next.spec?.selector, old.spec?.selector, specPath.child('selector'));
}

export function validateDeploymentStatusUpdate(next: Deployment, old: Live<Deployment>): FieldError[] {
  const status = next.status ?? {};
  const { updatedReplicas, readyReplicas, availableReplicas, collisionCount } = status;
  const counts = [
    'observedGeneration',
    'replicas',
    'updatedReplicas',
    'readyReplicas',
    'availableReplicas',
    'unavailableReplicas',
    'collisionCount',
  ] as const;
  return [
    ...counts.flatMap((field) => notNegative(status[field], statusPath.child(field))),
    ...validateCounts(status, { updatedReplicas, readyReplicas, availableReplicas }, statusPath),
    ...validateNotDecremented(collisionCount, old.status?.collisionCount, statusPath.child('collisionCount')),
  ];
}
