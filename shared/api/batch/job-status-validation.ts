// What is wrong with the status of a Job, and with a change of it.

import type { Job, JobStatus } from 'kubernetes-types/batch/v1';
import {
  deepEqual,
  type FieldError,
  FieldPath,
  faults,
  isConditionTrue,
  type Live,
} from '../../machinery/index.ts';
import { notNegative } from '../apps/replicated-pods.ts';
import {
  type Change,
  type ConditionType,
  jobStatusRules,
  type Rule,
  type StatusField,
  timeOf,
} from './job-status-rules.ts';

const path = new FieldPath('status');

export function validateJobStatus(
  { spec, status: next = {} }: Job,
  { status: old = {} }: Live<Job>,
): FieldError[] {
  const counts = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;
  const change: Change = {
    spec: spec ?? { template: {} },
    next,
    old,
    is: (type) => isConditionTrue(next.conditions, type),
    was: (type) => isConditionTrue(old.conditions, type),
  };
  return [
    ...counts.flatMap((field) => notNegative(next[field], path.child(field))),
    ...validateUncounted(next.uncountedTerminatedPods),
    ...jobStatusRules.flatMap((rule) => check(rule, change)),
  ];
}

function check({ of, field, isMissing, broken }: Rule, change: Change): FieldError[] {
  if (of && !of.some((each) => hasChanged(each, change))) return [];
  const detail = broken(change);
  if (!detail) return [];
  const at = path.child(field);
  if (isMissing) return [faults.required(at, detail)];
  return [
    field === 'conditions' ? faults.wrong(at, detail) : faults.invalid(at, change.next[field] ?? 0, detail),
  ];
}

function hasChanged(what: StatusField | ConditionType, { next, old, is, was }: Change): boolean {
  switch (what) {
    case 'Complete':
    case 'Failed':
    case 'FailureTarget':
    case 'SuccessCriteriaMet':
    case 'Suspended':
      return is(what) !== was(what);
    case 'startTime':
    case 'completionTime':
      return next[what] !== old[what] && !(timeOf(next[what]) === timeOf(old[what]));
    default:
      return !deepEqual(next[what], old[what]);
  }
}

/** Pods that have ended but are not counted yet: each is named once, with its uid. */
function validateUncounted(uncounted: JobStatus['uncountedTerminatedPods']): FieldError[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap((field) =>
    (uncounted?.[field] ?? []).flatMap((uid, position) => {
      const at = path.child('uncountedTerminatedPods', field).index(position);
      if (uid === '') return [faults.invalid(at, uid, 'must not be empty')];
      if (seen.has(uid)) return [faults.duplicate(at, uid)];
      seen.add(uid);
      return [];
    }),
  );
}
