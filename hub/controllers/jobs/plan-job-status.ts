// The status of a Job, in the steps in which it is written so that no pod is counted twice or lost (KEP-2307): pods that have
// ended are first named in status.uncountedTerminatedPods, then lose their finalizers, then are counted. Pure.

import type { Pod } from '../../../shared/api/index.ts';
import { findCondition, formatTime, type Live, setCondition } from '../../../shared/machinery/index.ts';
import { isOfJob, type JobFacts, type JobStatus } from './job-facts.ts';
import { hasFailed, indexOfPod, isTracked } from './job-pods.ts';
import type { Verdict } from './plan-job-end.ts';
import { matchFailure } from './plan-job-failure.ts';

/** So many are named at once: the status stays below 20 KB of them. */
const mostUncounted = 500;

export interface Tracking {
  status: JobStatus;
  /** What may go from now on, once the status is written. */
  release: readonly Live<Pod>[];
  /** Nothing had to wait because too many have ended at once. */
  isWhole: boolean;
}

/** First step. `base`: the status as it is, with what has changed besides the pods. */
export function trackPods(
  facts: JobFacts,
  base: JobStatus,
  verdict: Verdict | undefined,
  now: number,
): Tracking {
  const held = new Set(facts.pods.filter(isTracked).map(({ metadata }) => metadata.uid));
  const counted = countReleased(base, held);
  const { succeeded = [], failed = [] } = counted.uncountedTerminatedPods ?? {};
  const uncounted = { succeeded: [...succeeded], failed: [...failed] };
  const newIndexes = new Set<number>();
  const release: Live<Pod>[] = [];
  let isWhole = true;
  for (const pod of facts.pods.filter(isTracked)) {
    if (!mayRelease(facts, pod, verdict)) continue;
    if (newIndexes.size + uncounted.succeeded.length + uncounted.failed.length >= mostUncounted) {
      isWhole = false;
      break;
    }
    release.push(pod);
    const { uid } = pod.metadata;
    if (uncounted.failed.includes(uid) || uncounted.succeeded.includes(uid) || !isOfJob(pod, facts.job))
      continue;
    if (pod.status?.phase === 'Succeeded') {
      // Indexes cannot be counted twice.
      if (facts.indexes) newIndexes.add(indexOfPod(pod) ?? 0);
      else uncounted.succeeded.push(uid);
    } else if (countsAsFailed(facts, pod, verdict)) uncounted.failed.push(uid);
  }
  const status = {
    ...counted,
    ...indexCounts(facts, newIndexes),
    active: facts.active.length,
    ready: facts.ready,
    terminating: facts.terminating,
    uncountedTerminatedPods: uncounted,
    ...(verdict && { conditions: withVerdict(counted.conditions, verdict, now) }),
  };
  return { status: tidy(status), release, isWhole };
}

/** Second step: those that have lost their finalizers count. `held`: uids of those that still have them. */
export function countReleased(status: JobStatus, held: ReadonlySet<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const isHeld = (uid: string) => held.has(uid);
  return tidy({
    ...status,
    succeeded: (status.succeeded ?? 0) + succeeded.filter((uid) => !isHeld(uid)).length,
    failed: (status.failed ?? 0) + failed.filter((uid) => !isHeld(uid)).length,
    uncountedTerminatedPods: { succeeded: succeeded.filter(isHeld), failed: failed.filter(isHeld) },
  });
}

/** Last step: Complete or Failed, once nothing runs and everything is counted. The status itself: not yet. */
export function endJob(status: JobStatus, { type, ...why }: Verdict, now: number): JobStatus {
  const { uncountedTerminatedPods: uncounted, active = 0, terminating = 0 } = status;
  if (uncounted?.succeeded || uncounted?.failed || active > 0 || terminating > 0) return status;
  const isComplete = type === 'SuccessCriteriaMet';
  const conditions = withVerdict(
    status.conditions,
    { type: isComplete ? 'Complete' : 'Failed', ...why },
    now,
  );
  return { ...status, conditions, ...(isComplete && { completionTime: formatTime(now) }) };
}

type Condition = NonNullable<JobStatus['conditions']>[number];

/** The condition Suspended as the spec has it; undefined: it says so already. */
export function suspension({ job, spec }: JobFacts, now: number): Condition | undefined {
  const known = findCondition(job.status?.conditions, 'Suspended');
  const wanted = spec.suspend ? 'True' : 'False';
  if ((known?.status ?? 'False') === wanted) return undefined;
  return {
    type: 'Suspended',
    status: wanted,
    lastProbeTime: formatTime(now),
    ...(spec.suspend
      ? { reason: 'JobSuspended', message: 'Job suspended' }
      : { reason: 'JobResumed', message: 'Job resumed' }),
  };
}

function withVerdict(
  conditions: JobStatus['conditions'],
  why: { type: string; reason: string; message: string },
  now: number,
): Condition[] {
  if (findCondition(conditions, why.type)?.status === 'True') return conditions ?? [];
  return setCondition(
    conditions,
    { status: 'True', lastProbeTime: formatTime(now), ...why },
    formatTime(now),
  );
}

function mayRelease({ job, indexes }: JobFacts, pod: Live<Pod>, verdict: Verdict | undefined): boolean {
  if (job.metadata.deletionTimestamp || verdict || pod.status?.phase === 'Succeeded') return true;
  if (!hasFailed(pod, job)) return false;
  const index = indexOfPod(pod);
  return index === undefined || indexes?.awaiting.get(index)?.metadata.uid !== pod.metadata.uid;
}

/** When a Job fails, so have the pods that it had running. */
function countsAsFailed({ job, spec }: JobFacts, pod: Live<Pod>, verdict: Verdict | undefined): boolean {
  const failed = hasFailed(pod, job) || verdict?.type === 'FailureTarget';
  return failed && matchFailure(spec.podFailurePolicy, pod).counts;
}

function indexCounts({ indexes }: JobFacts, added: ReadonlySet<number>): Partial<JobStatus> {
  if (!indexes) return {};
  const completed = indexes.counted.with(added);
  return {
    succeeded: completed.size,
    completedIndexes: `${completed}`,
    ...(indexes.failed && { failedIndexes: `${indexes.failed}` }),
  };
}

/** Zero counts and empty lists are absent, as upstream leaves them out; ready, terminating and failedIndexes are not. */
function tidy({
  active,
  succeeded,
  failed,
  completedIndexes,
  uncountedTerminatedPods,
  ...status
}: JobStatus): JobStatus {
  const { succeeded: done = [], failed: broken = [] } = uncountedTerminatedPods ?? {};
  return {
    ...status,
    ...(active && { active }),
    ...(succeeded && { succeeded }),
    ...(failed && { failed }),
    ...(completedIndexes && { completedIndexes }),
    uncountedTerminatedPods: {
      ...(done.length > 0 && { succeeded: done }),
      ...(broken.length > 0 && { failed: broken }),
    },
  };
}
