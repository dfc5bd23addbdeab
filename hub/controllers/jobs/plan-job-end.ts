// Whether a Job is to end, and why. Pure.

import type { Job } from '../../../shared/api/index.ts';
import { findCondition, type Live, parseTime } from '../../../shared/machinery/index.ts';
import { IndexSet } from './index-set.ts';
import type { JobFacts } from './job-facts.ts';
import { hasFailed } from './job-pods.ts';
import { matchFailure } from './plan-job-failure.ts';

/** Said at once; Complete or Failed follow when no pod is left that runs or has not been counted. */
export interface Verdict {
  type: 'SuccessCriteriaMet' | 'FailureTarget';
  reason: string;
  message: string;
}

/** What ends it whatever its pods are doing. */
export function verdictOf(facts: JobFacts, now: number): Verdict | undefined {
  return (
    saidBefore(facts, 'SuccessCriteriaMet') ??
    saidBefore(facts, 'FailureTarget') ??
    byFailurePolicy(facts) ??
    byLimits(facts, now) ??
    byFailedIndexes(facts) ??
    bySuccessPolicy(facts)
  );
}

/** Enough of its pods have succeeded, and none runs any more. */
export function completionOf({ job, spec, succeeded, active }: JobFacts): Verdict | undefined {
  // Nothing at all is done too, but not before it was started.
  if (spec.suspend && job.status?.startTime === undefined) return undefined;
  // A queue of work is done when one pod has seen its end, and all have ended.
  if (active.length > 0 || succeeded < (spec.completions ?? 1)) return undefined;
  const message = 'Reached expected number of succeeded pods';
  return { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message };
}

/** Milliseconds until activeDeadlineSeconds are over; undefined: they are not running. */
export function untilJobDeadline({ spec, status }: Live<Job>, now: number): number | undefined {
  const start = parseTime(status?.startTime ?? '');
  if (start === undefined || spec?.activeDeadlineSeconds === undefined || spec.suspend) return undefined;
  return start + spec.activeDeadlineSeconds * 1000 - now;
}

function failure(reason: string, message: string): Verdict {
  return { type: 'FailureTarget', reason, message };
}

function saidBefore({ job }: JobFacts, type: Verdict['type']): Verdict | undefined {
  const condition = findCondition(job.status?.conditions, type);
  if (condition?.status !== 'True') return undefined;
  return { type, reason: condition.reason ?? '', message: condition.message ?? '' };
}

function byFailurePolicy({ job, spec, pods }: JobFacts): Verdict | undefined {
  if (!spec.podFailurePolicy) return undefined;
  for (const pod of pods) {
    const { message } = hasFailed(pod, job) ? matchFailure(spec.podFailurePolicy, pod) : {};
    if (message !== undefined) return failure('PodFailurePolicy', message);
  }
  return undefined;
}

function byLimits(facts: JobFacts, now: number): Verdict | undefined {
  const { job, spec, failed } = facts;
  if (failed > (spec.backoffLimit ?? 6) || hasRestartedTooOften(facts)) {
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  const left = untilJobDeadline(job, now);
  if (left === undefined || left > 0) return undefined;
  return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
}

/** With restartPolicy OnFailure pods do not fail: their containers' restarts count instead. */
function hasRestartedTooOften({ spec, pods }: JobFacts): boolean {
  if (spec.template.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = pods
    .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0);
  return restarts >= Math.max(1, spec.backoffLimit ?? 6);
}

function byFailedIndexes({ spec, indexes }: JobFacts): Verdict | undefined {
  const { failed, succeeded, completions } = indexes ?? {};
  if (!failed || !succeeded || completions === undefined) return undefined;
  if (failed.size > (spec.maxFailedIndexes ?? Number.POSITIVE_INFINITY)) {
    const message = 'Job has exceeded the specified maximal number of failed indexes';
    return failure('MaxFailedIndexesExceeded', message);
  }
  if (failed.size === 0 || failed.size + succeeded.size < completions) return undefined;
  return failure('FailedIndexes', 'Job has failed indexes');
}

function bySuccessPolicy({ spec, indexes }: JobFacts): Verdict | undefined {
  if (!indexes) return undefined;
  const { succeeded, completions } = indexes;
  const position = (spec.successPolicy?.rules ?? []).findIndex((rule) => {
    if (rule.succeededIndexes === undefined) return succeeded.size >= (rule.succeededCount ?? completions);
    const wanted = IndexSet.parse(rule.succeededIndexes, completions);
    return succeeded.countCommon(wanted) >= (rule.succeededCount ?? wanted.size);
  });
  if (position < 0) return undefined;
  const message = `Matched rules at index ${position}`;
  return { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message };
}
