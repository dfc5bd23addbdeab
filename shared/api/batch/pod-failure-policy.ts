// spec.podFailurePolicy of a Job (KEP-3329): which failures count, by exit codes or by conditions of the pod.

import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from 'kubernetes-types/batch/v1';
import { type FieldError, type FieldPath, faults, qualifiedName } from '../../machinery/index.ts';

const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const statuses = ['False', 'True', 'Unknown'];
const mostRules = 20;
const mostExitCodes = 255;
const mostConditions = 20;

export function defaultPodFailurePolicy({ podFailurePolicy }: JobSpec): void {
  for (const { onPodConditions = [] } of podFailurePolicy?.rules ?? []) {
    for (const pattern of onPodConditions) pattern.status ||= 'True';
  }
}

/** `path` is that of the job's spec. */
export function validatePodFailurePolicy(spec: JobSpec, path: FieldPath): FieldError[] {
  if (!spec.podFailurePolicy) return [];
  const at = path.child('podFailurePolicy', 'rules');
  const rules = spec.podFailurePolicy.rules ?? [];
  return [
    ...atMost(mostRules, rules, at),
    ...rules.flatMap((rule, position) => validateRule(rule, spec, at.index(position))),
  ];
}

function atMost(most: number, list: readonly unknown[], path: FieldPath): FieldError[] {
  return list.length > most ? [faults.tooMany(path, list.length, most)] : [];
}

function validateRule(rule: PodFailurePolicyRule, spec: JobSpec, path: FieldPath): FieldError[] {
  const { onExitCodes, onPodConditions = [] } = rule;
  const found = [
    ...validateAction(rule.action ?? '', spec, path.child('action')),
    ...(onExitCodes ? validateExitCodes(onExitCodes, spec, path.child('onExitCodes')) : []),
    ...validatePodConditions(onPodConditions, path.child('onPodConditions')),
  ];
  if (onExitCodes && onPodConditions.length > 0) {
    found.push(faults.wrong(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    found.push(faults.wrong(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return found;
}

function validateAction(action: string, spec: JobSpec, path: FieldPath): FieldError[] {
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    return [faults.invalid(path, action, 'requires the backoffLimitPerIndex to be set')];
  }
  return requiredOneOf(action, actions, path);
}

function requiredOneOf(value: string, supported: readonly string[], path: FieldPath): FieldError[] {
  if (supported.includes(value)) return [];
  if (value !== '') return [faults.notSupported(path, value, supported)];
  const list = supported.map((each) => JSON.stringify(each)).join(' ');
  return [faults.required(path, `valid values: [${list}]`)];
}

function validateExitCodes(
  { operator, values = [], containerName }: PodFailurePolicyOnExitCodesRequirement,
  { template }: JobSpec,
  path: FieldPath,
): FieldError[] {
  const { containers = [], initContainers = [] } = template.spec ?? {};
  const known = [...containers, ...initContainers].some(({ name }) => name === containerName);
  const found = requiredOneOf(operator ?? '', operators, path.child('operator'));
  if (containerName !== undefined && !known) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    found.push(faults.invalid(path.child('containerName'), containerName, detail));
  }
  return [...found, ...validateValues(values, operator, path.child('values'))];
}

function validateValues(values: readonly number[], operator: string, path: FieldPath): FieldError[] {
  if (values.length === 0) return [faults.invalid(path, values, 'at least one value is required')];
  const found = atMost(mostExitCodes, values, path);
  const seen = new Set<number>();
  for (const [position, value] of values.entries()) {
    const at = path.index(position);
    if (operator === 'In' && value === 0) {
      found.push(faults.invalid(at, value, 'must not be 0 for the In operator'));
    }
    if (seen.has(value)) found.push(faults.duplicate(at, value));
    seen.add(value);
  }
  const ordered = values.every((value, position) => (values[position - 1] ?? value) <= value);
  return ordered ? found : [...found, faults.invalid(path, values, 'must be ordered')];
}

function validatePodConditions(
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
  path: FieldPath,
): FieldError[] {
  const found = patterns.flatMap(({ type = '', status = '' }, position) => {
    const at = path.index(position);
    return [
      ...qualifiedName(type).map((text) => faults.invalid(at.child('type'), type, text)),
      ...requiredOneOf(status, statuses, at.child('status')),
    ];
  });
  return [...atMost(mostConditions, patterns, path), ...found];
}
