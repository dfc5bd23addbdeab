// What a Job's status may not say, in the order in which upstream says it. Whoever writes the status (spec.managedBy) is held to
// what readers of Jobs rely on (KEP-4368): a Job that has ended stays so, and says it in the right order.

import type { Job, JobSpec, JobStatus } from 'kubernetes-types/batch/v1';
import { type Live, parseTime } from '../../machinery/index.ts';
import { commonIndex, whyNoIndexes } from './index-list.ts';
import { isIndexed } from './job-indexes.ts';

export type ConditionType = 'Complete' | 'Failed' | 'FailureTarget' | 'SuccessCriteriaMet' | 'Suspended';
export type StatusField = Exclude<keyof JobStatus, 'conditions'>;

export interface Change {
  readonly spec: JobSpec;
  readonly next: JobStatus;
  readonly old: NonNullable<Live<Job>['status']>;
  readonly is: (type: ConditionType) => boolean;
  readonly was: (type: ConditionType) => boolean;
}

export interface Rule {
  /** Asked where one of these has changed: what is wrong already does not stand in the way of other changes. Absent: always. */
  readonly of?: readonly (StatusField | ConditionType)[];
  readonly field: keyof JobStatus;
  readonly isMissing?: true;
  /** What is wrong. */
  broken(change: Change): string | undefined | false;
}

const ends = ['Complete', 'Failed'] as const;
const isFinished = ({ is }: Change) => ends.some(is);
const noUncounted = ({ next }: Change) =>
  (['succeeded', 'failed'] as const).every((field) => !next.uncountedTerminatedPods?.[field]?.length);

export const jobStatusRules: readonly Rule[] = [
  {
    of: ends,
    field: 'conditions',
    broken: ({ is }) =>
      is('Complete') && is('Failed') && 'cannot set Complete=True and Failed=true conditions',
  },
  {
    of: ['Complete', 'FailureTarget'],
    field: 'conditions',
    broken: ({ is }) =>
      is('Complete') && is('FailureTarget') && 'cannot set Complete=True and FailureTarget=true conditions',
  },
  {
    of: ['Complete', 'completionTime'],
    field: 'completionTime',
    broken: ({ is, next }) =>
      next.completionTime !== undefined &&
      !is('Complete') &&
      'cannot set completionTime when there is no Complete=True condition',
  },
  {
    of: ['Complete', 'completionTime'],
    field: 'completionTime',
    isMissing: true,
    broken: ({ is, next }) =>
      next.completionTime === undefined && is('Complete') && 'completionTime is required for Complete jobs',
  },
  {
    of: ['startTime', 'completionTime'],
    field: 'completionTime',
    broken: ({ next }) =>
      timeOf(next.completionTime) < timeOf(next.startTime) && 'completionTime cannot be set before startTime',
  },
  {
    of: ['Failed', 'failedIndexes'],
    field: 'conditions',
    broken: ({ is }) =>
      is('Failed') &&
      !is('FailureTarget') &&
      'cannot set Failed=True condition without the FailureTarget=true condition',
  },
  {
    of: ['Complete', 'SuccessCriteriaMet'],
    field: 'conditions',
    broken: ({ is }) =>
      is('Complete') &&
      !is('SuccessCriteriaMet') &&
      'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  },
  {
    of: [...ends, 'active'],
    field: 'active',
    broken: (change) =>
      (change.next.active ?? 0) > 0 && isFinished(change) && 'active>0 is invalid for finished job',
  },
  {
    of: [...ends, 'startTime'],
    field: 'startTime',
    isMissing: true,
    broken: (change) =>
      change.next.startTime === undefined && isFinished(change) && 'startTime is required for finished job',
  },
  {
    of: [...ends, 'uncountedTerminatedPods'],
    field: 'uncountedTerminatedPods',
    broken: (change) =>
      isFinished(change) &&
      !noUncounted(change) &&
      'uncountedTerminatedPods needs to be empty for finished job',
  },
  {
    of: ['completedIndexes'],
    field: 'completedIndexes',
    broken: ({ spec, next }) => unreadable('completedIndexes', next.completedIndexes, spec),
  },
  {
    of: ['failedIndexes'],
    field: 'failedIndexes',
    broken: ({ spec, next }) =>
      spec.backoffLimitPerIndex !== undefined && unreadable('failedIndexes', next.failedIndexes, spec),
  },
  {
    of: ['completedIndexes'],
    field: 'completedIndexes',
    broken: ({ spec, next }) =>
      !!next.completedIndexes &&
      !isIndexed(spec) &&
      'cannot set non-empty completedIndexes when non-indexed completion mode',
  },
  {
    of: ['failedIndexes'],
    field: 'failedIndexes',
    broken: ({ spec, next }) =>
      spec.backoffLimitPerIndex === undefined &&
      next.failedIndexes !== undefined &&
      'cannot set non-null failedIndexes when backoffLimitPerIndex is null',
  },
  {
    of: ['failedIndexes', 'completedIndexes'],
    field: 'failedIndexes',
    broken({ spec, next }) {
      const { completedIndexes = '', failedIndexes = '' } = next;
      const index = commonIndex(completedIndexes, failedIndexes, spec.completions ?? 0);
      return index !== undefined && `failedIndexes and completedIndexes overlap at index: ${index}`;
    },
  },
  {
    of: [...ends, 'terminating'],
    field: 'terminating',
    broken: (change) =>
      (change.next.terminating ?? 0) > 0 && isFinished(change) && 'terminating>0 is invalid for finished job',
  },
  {
    of: ['ready', 'active'],
    field: 'ready',
    broken: ({ next }) => (next.ready ?? 0) > (next.active ?? 0) && 'cannot set more ready pods than active',
  },
  {
    field: 'conditions',
    broken: ({ is }) =>
      is('SuccessCriteriaMet') &&
      is('Failed') &&
      'cannot set SuccessCriteriaMet=True and Failed=true conditions',
  },
  {
    field: 'conditions',
    broken: ({ is }) =>
      is('SuccessCriteriaMet') &&
      is('FailureTarget') &&
      'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
  },
  {
    field: 'conditions',
    broken: ({ spec, is }) =>
      spec.successPolicy !== undefined &&
      !is('SuccessCriteriaMet') &&
      is('Complete') &&
      'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True',
  },
  ...(['Failed', 'Complete', 'FailureTarget'] as const).map(
    (type): Rule => ({
      field: 'conditions',
      broken: ({ was, is }) => was(type) && !is(type) && `cannot disable the terminal ${type}=True condition`,
    }),
  ),
  {
    field: 'failed',
    broken: ({ next, old }) => (next.failed ?? 0) < (old.failed ?? 0) && 'cannot decrease the failed counter',
  },
  {
    field: 'succeeded',
    broken: ({ spec, next, old }) =>
      (next.succeeded ?? 0) < (old.succeeded ?? 0) &&
      // Such a Job can be scaled down.
      !(isIndexed(spec) && spec.completions === spec.parallelism) &&
      'cannot decrease the succeeded counter',
  },
  {
    of: ['completionTime'],
    field: 'completionTime',
    broken: ({ next, old }) =>
      next.completionTime !== undefined &&
      old.completionTime !== undefined &&
      'completionTime cannot be mutated',
  },
  {
    of: ['startTime'],
    field: 'startTime',
    isMissing: true,
    broken: ({ spec, old, was }) =>
      old.startTime !== undefined &&
      spec.suspend !== true &&
      // One that is resumed starts anew.
      !was('Suspended') &&
      'startTime cannot be removed for unsuspended job',
  },
  {
    field: 'conditions',
    broken: ({ was, is }) =>
      was('SuccessCriteriaMet') &&
      !is('SuccessCriteriaMet') &&
      'cannot disable the SuccessCriteriaMet=True condition',
  },
  {
    field: 'conditions',
    broken: ({ was, is }) =>
      was('Complete') &&
      !was('SuccessCriteriaMet') &&
      is('SuccessCriteriaMet') &&
      'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions',
  },
];

/** NaN where there is none: neither before, nor after, nor equal. */
export function timeOf(text: string | undefined): number {
  return parseTime(text ?? '') ?? Number.NaN;
}

function unreadable(field: string, text: string | undefined, { completions }: JobSpec): string | undefined {
  const why = completions === undefined ? undefined : whyNoIndexes(text ?? '', completions);
  return why && `error parsing ${field}: ${why}`;
}
