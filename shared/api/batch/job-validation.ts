// What is wrong with a Job: its selector has to be its own, and its spec has to add up.

import type { Job, JobSpec } from 'kubernetes-types/batch/v1';
import {
  dns1123Label,
  type FieldError,
  FieldPath,
  faults,
  goLabels,
  goSelector,
  selectorFrom,
  validateLabelSelector,
} from '../../machinery/index.ts';
import { notNegative } from '../apps/replicated-pods.ts';
import { defaultPodTemplateSpec } from '../core/pod-defaults.ts';
import { validatePodTemplateSpec } from '../core/pod-validation/index.ts';
import { domainPrefixedPath } from '../core/pod-validation/rules.ts';
import { isIndexed, validateIndexes } from './job-indexes.ts';
import { jobLabels } from './job-labels.ts';
import { validatePodFailurePolicy } from './pod-failure-policy.ts';
import { validateSuccessPolicy } from './success-policy.ts';

const specPath = new FieldPath('spec');
const replacementPolicies = ['Failed', 'TerminatingOrFailed'];

export function validateJob(job: Job): FieldError[] {
  const spec = job.spec ?? emptySpec();
  return [
    ...validateGeneratedSelector(job),
    ...validateJobSpec(spec, specPath),
    ...validateSelector(spec, specPath),
    ...validateHostNames(job),
  ];
}

function emptySpec(): JobSpec {
  return { template: defaultPodTemplateSpec({}) };
}

/** The server made the selector and its labels: nobody may have said otherwise. */
function validateGeneratedSelector({ metadata, spec }: Job): FieldError[] {
  if (!spec?.selector || spec.manualSelector === true) return [];
  const { name = '', uid = '' } = metadata ?? {};
  const expected = {
    [jobLabels.legacyUid]: uid,
    [jobLabels.legacyName]: name,
    [jobLabels.uid]: uid,
    [jobLabels.name]: name,
  };
  const path = specPath.child('template', 'metadata', 'labels');
  const labels = spec.template.metadata?.labels ?? {};
  const found = Object.entries(expected).flatMap(([key, value]) => {
    const detail = `must be '${value}'`;
    if (!Object.hasOwn(labels, key)) return [faults.required(path.key(key), detail)];
    return labels[key] === value ? [] : [faults.invalid(path.key(key), goLabels(labels), detail)];
  });
  const at = specPath.child('selector');
  if (uid === '') found.unshift(faults.required(new FieldPath('metadata.uid')));
  if (
    validateLabelSelector(spec.selector, at).length === 0 &&
    !selectorFrom(spec.selector).matches(expected)
  ) {
    found.push(faults.invalid(at, goSelector(spec.selector), '`selector` not auto-generated'));
  }
  return found;
}

function validateSelector({ selector, template }: JobSpec, path: FieldPath): FieldError[] {
  const at = path.child('selector');
  const found = selector ? validateLabelSelector(selector, at) : [faults.required(at)];
  const labels = template.metadata?.labels;
  const compiles = !selector || found.length === 0;
  if (compiles && !selectorFrom(selector).matches(labels)) {
    const detail = '`selector` does not match template `labels`';
    found.push(faults.invalid(path.child('template', 'metadata', 'labels'), goLabels(labels), detail));
  }
  return found;
}

/** The pods of an indexed job are called after their index. */
function validateHostNames({ metadata, spec }: Job): FieldError[] {
  if (!spec || !isIndexed(spec) || !spec.completions || spec.completions < 0) return [];
  const name = metadata?.name ?? '';
  const last = `${name}-${spec.completions - 1}`;
  if (dns1123Label(last).length === 0) return [];
  const detail = `will not able to create pod with invalid DNS label: ${last}`;
  return [faults.invalid(new FieldPath('metadata.name'), name, detail)];
}

/** All of a spec but its selector: also what a CronJob makes jobs of. */
export function validateJobSpec(spec: JobSpec, path: FieldPath): FieldError[] {
  const counts = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const;
  return [
    ...counts.flatMap((field) => notNegative(spec[field], path.child(field))),
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined
      ? [faults.required(path.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified')]
      : []),
    ...validateManagedBy(spec.managedBy, path.child('managedBy')),
    ...validateIndexes(spec, path),
    ...validatePodFailurePolicy(spec, path),
    ...validateSuccessPolicy(spec, path.child('successPolicy')),
    ...validateReplacement(spec, path.child('podReplacementPolicy')),
    ...validatePodTemplateSpec(spec.template, path.child('template')),
    ...validateRestartPolicy(spec, path.child('template', 'spec', 'restartPolicy')),
  ];
}

function oneOf(value: string | undefined, supported: readonly string[], path: FieldPath): FieldError[] {
  if (value === undefined || supported.includes(value)) return [];
  return [faults.notSupported(path, value, supported)];
}

function validateReplacement(
  { podReplacementPolicy: policy, podFailurePolicy }: JobSpec,
  path: FieldPath,
): FieldError[] {
  return oneOf(policy, podFailurePolicy ? ['Failed'] : replacementPolicies, path);
}

const longestManager = 63;

function validateManagedBy(name: string | undefined, path: FieldPath): FieldError[] {
  if (name === undefined) return [];
  const long = Buffer.byteLength(name) > longestManager ? [faults.tooLong(path, longestManager)] : [];
  return [...(name === '' ? [faults.required(path)] : domainPrefixedPath(name, path)), ...long];
}

function validateRestartPolicy({ template, podFailurePolicy }: JobSpec, path: FieldPath): FieldError[] {
  const policy = template.spec?.restartPolicy ?? '';
  if (policy === 'Always' || policy === '') {
    return [faults.required(path, 'valid values: "OnFailure", "Never"')];
  }
  if (policy !== 'OnFailure' && policy !== 'Never') {
    return [faults.notSupported(path, policy, ['OnFailure', 'Never'])];
  }
  if (!podFailurePolicy || policy === 'Never') return [];
  const detail = 'only "Never" is supported when podFailurePolicy is specified';
  return [faults.invalid(path, policy, detail)];
}
