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

/** `path` is that of the job's spec. */
export function validatePodFailurePolicy(spec: JobSpec, path: FieldPath): FieldError[] {
  if (!spec.podFailurePolicy) return [];
  const at = path.child('podFailurePolicy', 'rules');
  const rules = spec.podFailurePolicy.rules ?? [];
  if (rules.length > mostRules) return [faults.tooMany(at, rules.length, mostRules)];
  return rules.flatMap((rule, position) => validateRule(rule, spec, at.index(position)));
}

function validateRule(rule: PodFailurePolicyRule, spec: JobSpec, path: FieldPath): FieldError[] {
  const { onExitCodes, onPodConditions = [] } = rule;
  const found = validateAction(rule.action ?? '', spec, path.child('action'));
  const both = onExitCodes && onPodConditions.length > 0;
  if (!onExitCodes && onPodConditions.length === 0) {
    found.push(wrong(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  if (both) found.push(wrong(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (onExitCodes) found.push(...validateExitCodes(onExitCodes, spec, path.child('onExitCodes')));
  return [...found, ...validatePodConditions(onPodConditions, path.child('onPodConditions'))];
}

/** Upstream shows no value here. */
function wrong(path: FieldPath, detail: string): FieldError {
  return { field: path.toString(), reason: 'FieldValueInvalid', text: `Invalid value: ${detail}` };
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
  if (values.length > mostExitCodes) return [faults.tooMany(path, values.length, mostExitCodes)];
  const found = values.flatMap((value, position) => {
    const at = path.index(position);
    const zero = operator === 'In' && value === 0;
    return [
      ...(zero ? [faults.invalid(at, value, 'must not be 0 for the In operator')] : []),
      ...(values.indexOf(value) < position ? [faults.duplicate(at, value)] : []),
    ];
  });
  const ordered = values.every((value, position) => (values[position - 1] ?? value) <= value);
  return ordered ? found : [...found, faults.invalid(path, values, 'must be ordered')];
}

function validatePodConditions(
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
  path: FieldPath,
): FieldError[] {
  if (patterns.length > mostConditions) return [faults.tooMany(path, patterns.length, mostConditions)];
  return patterns.flatMap(({ type = '', status = '' }, position) => {
    const at = path.index(position);
    return [
      ...qualifiedName(type).map((text) => faults.invalid(at.child('type'), type, text)),
      ...requiredOneOf(status, statuses, at.child('status')),
    ];
  });
}
