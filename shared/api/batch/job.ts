// The Kind Job: pods that run until enough of them have succeeded.

export type { Job, JobSpec, JobStatus } from 'kubernetes-types/batch/v1';

import type { Job, JobSpec, JobStatus } from 'kubernetes-types/batch/v1';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import {
  FieldPath,
  formatLabelSelector,
  humanDuration,
  isConditionTrue,
  parseTime,
} from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defaultPodTemplateSpec } from '../core/pod-defaults.ts';
import { podNameWarnings } from '../core/pod-name-warnings.ts';
import { containerColumns } from '../core/pod-template-columns.ts';
import type { Column, Strategy } from '../resource.ts';
import { jobLabels } from './job-labels.ts';
import { validateJobStatus } from './job-status-validation.ts';
import { validateJobUpdate } from './job-update.ts';
import { validateJob } from './job-validation.ts';
import { jobSpecWarnings } from './job-warnings.ts';
import { defaultPodFailurePolicy } from './pod-failure-policy.ts';

/** Retries have no limit where each index has one of its own. */
const noLimit = 2 ** 31 - 1;

const columns: readonly Column<Job>[] = [
  nameColumn(),
  textColumn('Status', 'Status of the job.', stateOf),
  textColumn(
    'Completions',
    'The number of pods which reached phase Succeeded. The value increases monotonically for a given spec. However, it may decrease in reaction to scale down of elastic indexed jobs.',
    completionsOf,
  ),
  textColumn('Duration', 'Time required to complete the job.', ({ status }, now) => durationOf(status, now)),
  ageColumn(),
  ...containerColumns<Job>(({ spec }) => spec?.template),
  textColumn(
    'Selector',
    'A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
    ({ spec }) => formatLabelSelector(spec?.selector),
    'wide',
  ),
];

export const strategy: Strategy<Job> = {
  schema: 'io.k8s.api.batch.v1.Job',
  generation: true,
  garbagePolicy: 'Orphan',
  default(job) {
    if (!job.spec) return;
    defaultSpec(job.spec);
    // The very same labels, as upstream: what is generated for the template labels the job as well.
    const labels = job.spec.template.metadata?.labels;
    if (labels && !hasLabels(job)) job.metadata = { ...job.metadata, labels };
  },
  prepareForCreate(job) {
    if (job.spec && job.spec.manualSelector !== true) generateSelector(job, job.spec);
    Object.assign(job, { status: {} });
  },
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatusUpdate: validateJobStatus,
  warnings: ({ metadata, spec }, old) => [
    ...(old ? [] : podNameWarnings(metadata?.name)),
    ...(spec ? jobSpecWarnings(spec, new FieldPath('spec')) : []),
  ],
  fields: { 'status.successful': ({ status }) => `${status?.succeeded ?? 0}` },
  unknownField: (label) => `field label ${JSON.stringify(label)} not supported for Job`,
  columns,
};

function hasLabels({ metadata }: Job): boolean {
  return Object.keys(metadata?.labels ?? {}).length > 0;
}

function defaultSpec(spec: JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : noLimit;
  spec.template = defaultPodTemplateSpec(spec.template ?? {});
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  defaultPodFailurePolicy(spec);
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  spec.manualSelector ??= false;
}

/** A selector by the job's uid: no other job's pods can be meant. What the user labelled otherwise is left to validation. */
function generateSelector(job: Job, spec: JobSpec): void {
  const { name = '', uid = '' } = job.metadata ?? {};
  const labels = labelsOf(spec.template);
  for (const key of [jobLabels.legacyName, jobLabels.name]) labels[key] ??= name;
  for (const key of [jobLabels.legacyUid, jobLabels.uid]) labels[key] ??= uid;
  if (!hasLabels(job)) job.metadata = { ...job.metadata, labels };
  spec.selector ??= {};
  spec.selector.matchLabels ??= {};
  spec.selector.matchLabels[jobLabels.uid] ??= uid;
}

function labelsOf(template: PodTemplateSpec): Record<string, string> {
  template.metadata ??= {};
  template.metadata.labels ??= {};
  return template.metadata.labels;
}

function stateOf({ metadata, status }: Job): string {
  const is = (type: string) => isConditionTrue(status?.conditions, type);
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (metadata?.deletionTimestamp) return 'Terminating';
  if (is('Suspended')) return 'Suspended';
  if (is('FailureTarget')) return 'FailureTarget';
  return is('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completionsOf({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationOf(status: JobStatus | undefined, now: number): string {
  const { startTime, completionTime } = status ?? {};
  const start = startTime === undefined ? undefined : parseTime(startTime);
  if (start === undefined) return '';
  return humanDuration(((completionTime && parseTime(completionTime)) || now) - start);
}
