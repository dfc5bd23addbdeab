// What is wrong with a DaemonSet, and with a change of one.

import type {
  DaemonSet,
  DaemonSetSpec,
  DaemonSetUpdateStrategy,
  RollingUpdateDaemonSet,
} from 'kubernetes-types/apps/v1';
import {
  type FieldError,
  FieldPath,
  faults,
  goLabels,
  goSelector,
  type IntOrString,
  type Live,
  percentOf,
  selectorFrom,
  validateAtMostAll,
  validateIntOrPercent,
  validateLabelSelector,
} from '../../machinery/index.ts';
import { defaultPodTemplateSpec } from '../core/pod-defaults.ts';
import { validatePodTemplateSpec } from '../core/pod-validation/index.ts';
import { notNegative, validateNotDecremented, validateSelectorUpdate } from './replicated-pods.ts';

const specPath = new FieldPath('spec');
const statusPath = new FieldPath('status');

export function validateDaemonSet({ spec }: DaemonSet): FieldError[] {
  // Without a spec the only faults are those of the template.
  if (!spec) return validateSelected({});
  return [
    ...validateSelected(spec),
    ...notNegative(spec.minReadySeconds, specPath.child('minReadySeconds')),
    ...validateUpdateStrategy(spec.updateStrategy ?? {}, specPath.child('updateStrategy')),
    ...notNegative(spec.revisionHistoryLimit, specPath.child('revisionHistoryLimit')),
  ];
}

function validateSelected({
  selector,
  template = defaultPodTemplateSpec({}),
}: Partial<DaemonSetSpec>): FieldError[] {
  const at = specPath.child('selector');
  const path = specPath.child('template');
  const { labels } = template.metadata ?? {};
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  const found = validateLabelSelector(selector, at);
  if (found.length === 0 && !selectorFrom(selector).matches(labels)) {
    const detail = '`selector` does not match template `labels`';
    found.push(faults.invalid(path.child('metadata', 'labels'), goLabels(labels), detail));
  }
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  if (selector && Object.keys(matchLabels).length + matchExpressions.length === 0) {
    found.push(faults.invalid(at, goSelector(selector), 'empty selector is invalid for daemonset'));
  }
  found.push(...validatePodTemplateSpec(template, path));
  if (restartPolicy !== 'Always') {
    found.push(faults.notSupported(path.child('spec', 'restartPolicy'), restartPolicy, ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    const detail = 'activeDeadlineSeconds in DaemonSet is not Supported';
    found.push(faults.forbidden(path.child('spec', 'activeDeadlineSeconds'), detail));
  }
  return found;
}

function validateUpdateStrategy(strategy: DaemonSetUpdateStrategy, path: FieldPath): FieldError[] {
  const at = path.child('rollingUpdate');
  switch (strategy.type) {
    case 'OnDelete':
      return [];
    case 'RollingUpdate':
      return strategy.rollingUpdate
        ? validateRollingUpdate(strategy.rollingUpdate, at)
        : [faults.required(at)];
    default:
      return [faults.notSupported(path, strategy, ['RollingUpdate', 'OnDelete'])];
  }
}

function validateRollingUpdate(
  { maxUnavailable = 0, maxSurge = 0 }: RollingUpdateDaemonSet,
  path: FieldPath,
): FieldError[] {
  const unavailable = path.child('maxUnavailable');
  const surge = path.child('maxSurge');
  const found = [
    ...validateIntOrPercent(maxUnavailable, unavailable),
    ...validateIntOrPercent(maxSurge, surge),
    ...validateAtMostAll(maxUnavailable, unavailable),
    ...validateAtMostAll(maxSurge, surge),
  ];
  if (isSome(maxUnavailable) && isSome(maxSurge)) {
    found.push(faults.invalid(surge, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  } else if (!isSome(maxUnavailable) && !isSome(maxSurge)) {
    found.push(faults.required(unavailable, 'cannot be 0 when maxSurge is 0'));
  }
  return found;
}

function isSome(value: IntOrString): boolean {
  return (typeof value === 'number' ? value : (percentOf(value) ?? 0)) !== 0;
}

export function validateDaemonSetUpdate(next: DaemonSet, old: Live<DaemonSet>): FieldError[] {
  return validateSelectorUpdate(next.spec?.selector, old.spec?.selector, specPath.child('selector'));
}

export function validateDaemonSetStatusUpdate({ status }: DaemonSet, old: Live<DaemonSet>): FieldError[] {
  if (!status) return [];
  const counts = [
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'observedGeneration',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
    'collisionCount',
  ] as const;
  return [
    ...counts.flatMap((field) => notNegative(status[field], statusPath.child(field))),
    ...validateNotDecremented(
      status.collisionCount,
      old.status?.collisionCount,
      statusPath.child('collisionCount'),
    ),
  ];
}
