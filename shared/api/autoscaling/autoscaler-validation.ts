// What is wrong with a HorizontalPodAutoscaler.

import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
} from 'kubernetes-types/autoscaling/v2';
import { type FieldError, FieldPath, faults } from '../../machinery/index.ts';
import { notNegative } from '../apps/replicated-pods.ts';
import { validateMetrics } from './metric-validation.ts';
import { validateReference } from './reference-validation.ts';

const specPath = new FieldPath('spec');
const statusPath = new FieldPath('status');
const fewestReplicas = 1;
const longestWindow = 3600;
const longestPeriod = 1800;

export function validateAutoscaler({ spec }: HorizontalPodAutoscaler): FieldError[] {
  const given = spec ?? { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } };
  const { scaleTargetRef = { kind: '', name: '' }, behavior = {}, minReplicas } = given;
  const behaviorPath = specPath.child('behavior');
  return [
    ...validateReplicas(given, specPath),
    ...validateReference(scaleTargetRef, specPath.child('scaleTargetRef')),
    ...validateMetrics(given.metrics ?? [], minReplicas, specPath.child('metrics')),
    ...validateRules(behavior.scaleUp, behaviorPath.child('scaleUp')),
    ...validateRules(behavior.scaleDown, behaviorPath.child('scaleDown')),
  ];
}

export function validateAutoscalerStatus({ status }: HorizontalPodAutoscaler): FieldError[] {
  return [
    ...notNegative(status?.currentReplicas, statusPath.child('currentReplicas')),
    ...notNegative(status?.desiredReplicas, statusPath.child('desiredReplicas')),
  ];
}

function validateReplicas(
  { minReplicas, maxReplicas = 0 }: HorizontalPodAutoscalerSpec,
  path: FieldPath,
): FieldError[] {
  const at = path.child('maxReplicas');
  const found: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < fewestReplicas) {
    const detail = `must be greater than or equal to ${fewestReplicas}`;
    found.push(faults.invalid(path.child('minReplicas'), minReplicas, detail));
  }
  if (maxReplicas < 1) found.push(faults.invalid(at, maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    found.push(faults.invalid(at, maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  return found;
}

function validateRules(rules: HPAScalingRules | undefined, path: FieldPath): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window = 0, selectPolicy, policies = [] } = rules;
  const at = path.child('stabilizationWindowSeconds');
  const found: FieldError[] = [];
  if (window < 0) found.push(faults.invalid(at, window, 'must be greater than or equal to zero'));
  if (window > longestWindow) {
    found.push(faults.invalid(at, window, `must be less than or equal to ${longestWindow}`));
  }
  if (selectPolicy !== undefined && !['Disabled', 'Max', 'Min'].includes(selectPolicy)) {
    found.push(faults.notSupported(path.child('selectPolicy'), selectPolicy, ['Disabled', 'Max', 'Min']));
  }
  const list = path.child('policies');
  if (policies.length === 0) found.push(faults.required(list, 'must specify at least one Policy'));
  return [...found, ...policies.flatMap((policy, position) => validatePolicy(policy, list.index(position)))];
}

function validatePolicy(
  { type = '', value = 0, periodSeconds = 0 }: HPAScalingPolicy,
  path: FieldPath,
): FieldError[] {
  const period = path.child('periodSeconds');
  const found: FieldError[] = [];
  if (type !== 'Percent' && type !== 'Pods') {
    found.push(faults.notSupported(path.child('type'), type, ['Percent', 'Pods']));
  }
  if (value <= 0) found.push(faults.invalid(path.child('value'), value, 'must be greater than zero'));
  if (periodSeconds <= 0) found.push(faults.invalid(period, periodSeconds, 'must be greater than zero'));
  if (periodSeconds > longestPeriod) {
    found.push(faults.invalid(period, periodSeconds, `must be less than or equal to ${longestPeriod}`));
  }
  return found;
}
