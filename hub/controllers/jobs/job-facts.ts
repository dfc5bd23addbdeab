// What is to be known of a Job before anything is decided: its pods by what has become of them, its counts, its indexes. Pure.

import type { Job, Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { isActive, isReady } from '../pod-facts.ts';
import { IndexSet } from './index-set.ts';
import {
  countOf,
  failureCount,
  finishedAt,
  hasFailed,
  ignoredFailureCount,
  indexOfPod,
  isTerminating,
  isTracked,
} from './job-pods.ts';
import { matchFailure } from './plan-job-failure.ts';

export type JobStatus = NonNullable<Job['status']>;

export interface JobFacts {
  job: Live<Job>;
  spec: NonNullable<Job['spec']>;
  pods: readonly Live<Pod>[];
  active: readonly Live<Pod>[];
  /** Ended, and named neither by the counts nor by status.uncountedTerminatedPods. */
  newlySucceeded: readonly Live<Pod>[];
  newlyFailed: readonly Live<Pod>[];
  /** These ones, those before, and those in between. */
  succeeded: number;
  failed: number;
  ready: number;
  terminating: number;
  /** Absent: its pods have none. */
  indexes?: JobIndexes;
}

export interface JobIndexes {
  completions: number;
  /** As the status says. */
  counted: IndexSet;
  succeeded: IndexSet;
  /** Absent: there is no limit for each index. */
  failed?: IndexSet;
  /** Failed pods that stay until their replacements are there, which take over their count. */
  awaiting: ReadonlyMap<number, Live<Pod>>;
}

export function factsOf(job: Live<Job>, pods: readonly Live<Pod>[]): JobFacts {
  const spec = job.spec ?? { template: {} };
  const { status = {} } = job;
  const active = pods.filter(isActive);
  const uncounted = status.uncountedTerminatedPods ?? {};
  const isNew = (pod: Live<Pod>, known: readonly string[] = []) =>
    isTracked(pod) && !known.includes(pod.metadata.uid) && isOfJob(pod, job);
  const newlySucceeded = pods.filter(
    (pod) => pod.status?.phase === 'Succeeded' && isNew(pod, uncounted.succeeded),
  );
  const newlyFailed = pods.filter(
    (pod) =>
      hasFailed(pod, job) && isNew(pod, uncounted.failed) && matchFailure(spec.podFailurePolicy, pod).counts,
  );
  const indexes = spec.completionMode === 'Indexed' ? indexesOf(job, pods, active) : undefined;
  const succeeded = (status.succeeded ?? 0) + newlySucceeded.length + (uncounted.succeeded?.length ?? 0);
  return {
    job,
    spec,
    pods,
    active,
    newlySucceeded,
    newlyFailed,
    succeeded: indexes?.succeeded.size ?? succeeded,
    failed: (status.failed ?? 0) + newlyFailed.length + (uncounted.failed?.length ?? 0),
    ready: active.filter(isReady).length,
    terminating: pods.filter(isTerminating).length,
    ...(indexes && { indexes }),
  };
}

/** An indexed Job has nothing to do with pods without an index of its own. */
export function isOfJob(pod: Pod, { spec }: Job): boolean {
  if (spec?.completionMode !== 'Indexed') return true;
  const index = indexOfPod(pod);
  return index !== undefined && index < (spec.completions ?? 0);
}

function indexesOf(job: Live<Job>, pods: readonly Live<Pod>[], active: readonly Live<Pod>[]): JobIndexes {
  const { completions = 0, backoffLimitPerIndex } = job.spec ?? {};
  const counted = IndexSet.parse(job.status?.completedIndexes, completions);
  const open = pods.filter((pod) => isTracked(pod) && isOfJob(pod, job));
  const succeeded = counted.with(indexesIn(open.filter(({ status }) => status?.phase === 'Succeeded')));
  if (backoffLimitPerIndex === undefined) return { completions, counted, succeeded, awaiting: new Map() };
  const failing = open.filter((pod) => hasFailed(pod, job));
  const failed = IndexSet.parse(job.status?.failedIndexes, completions).with(
    indexesIn(failing.filter((pod) => hasFailedForGood(pod, job, backoffLimitPerIndex))),
  );
  const settled = succeeded.union(failed).with(indexesIn(active));
  return { completions, counted, succeeded, failed, awaiting: lastByIndex(failing, settled) };
}

function hasFailedForGood(pod: Live<Pod>, { spec }: Live<Job>, limit: number): boolean {
  const { action, counts } = matchFailure(spec?.podFailurePolicy, pod);
  return action === 'FailIndex' || (counts && countOf(pod, failureCount) >= limit);
}

/** The pod that knows of most failures of each index that is still to be replaced. */
function lastByIndex(failing: readonly Live<Pod>[], settled: IndexSet): Map<number, Live<Pod>> {
  const last = new Map<number, Live<Pod>>();
  for (const pod of failing) {
    const index = indexOfPod(pod) ?? 0;
    const known = last.get(index);
    const isLater =
      !known ||
      [allFailures(pod) - allFailures(known), finishedAt(pod) - finishedAt(known)].every((by) => by >= 0);
    if (!settled.has(index) && isLater) last.set(index, pod);
  }
  return last;
}

export function allFailures(pod: Live<Pod>): number {
  return countOf(pod, failureCount) + countOf(pod, ignoredFailureCount);
}

export function indexesIn(pods: readonly Live<Pod>[]): number[] {
  return pods.map(indexOfPod).filter((index) => index !== undefined);
}
