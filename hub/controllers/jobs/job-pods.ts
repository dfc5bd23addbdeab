// What the Job controller asks of a Job and of its pods, and the names by which they are marked.

import { isTerminated, type Job, type Pod } from '../../../shared/api/index.ts';
import { isConditionTrue, type Live, parseTime } from '../../../shared/machinery/index.ts';

/** On a pod that its Job has not counted yet. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
/** Annotation and label. */
export const completionIndex = 'batch.kubernetes.io/job-completion-index';
/** Failures of the same index before this pod: those that count, and those that the policy ignored. */
export const failureCount = 'batch.kubernetes.io/job-index-failure-count';
export const ignoredFailureCount = 'batch.kubernetes.io/job-index-ignored-failure-count';
const ourName = 'kubernetes.io/job-controller';

export function isJobFinished({ status }: Job): boolean {
  return finishedTypeOf(status) !== undefined;
}

export function finishedTypeOf(status: Job['status']): 'Complete' | 'Failed' | undefined {
  if (isConditionTrue(status?.conditions, 'Complete')) return 'Complete';
  return isConditionTrue(status?.conditions, 'Failed') ? 'Failed' : undefined;
}

/** spec.managedBy names somebody else: they do everything about it. */
export function isManagedElsewhere({ spec }: Job): boolean {
  return (spec?.managedBy ?? ourName) !== ourName;
}

export function isTracked({ metadata }: Pod): boolean {
  return metadata?.finalizers?.includes(trackingFinalizer) ?? false;
}

export function indexOfPod({ metadata }: Pod): number | undefined {
  const text = metadata?.annotations?.[completionIndex] ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** A pod that is being deleted is replaced when it has failed, not before. */
export function replacesOnlyFailed({ spec }: Job): boolean {
  return spec?.podReplacementPolicy === 'Failed' || spec?.podFailurePolicy !== undefined;
}

/** Deleted pods count as well: one whose node is gone may never say that it has failed. */
export function hasFailed(pod: Pod, job: Job): boolean {
  if (pod.status?.phase === 'Failed') return true;
  if (replacesOnlyFailed(job)) return false;
  return isLeaving(pod) && pod.status?.phase !== 'Succeeded';
}

/** It is being deleted and has not ended yet. */
export function isTerminating(pod: Pod): boolean {
  return isLeaving(pod) && !isTerminated(pod);
}

function isLeaving({ metadata }: Pod): boolean {
  return metadata?.deletionTimestamp !== undefined;
}

export function countOf({ metadata }: Pod, annotation: string): number {
  const value = Number(metadata?.annotations?.[annotation] ?? 0);
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

/** Milliseconds since the epoch, by the clock of who wrote it. */
export function finishedAt(pod: Live<Pod>): number {
  const { creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  const ends = (pod.status?.containerStatuses ?? []).map(({ state }) =>
    parseTime(state?.terminated?.finishedAt ?? ''),
  );
  const known = ends.filter((end) => end !== undefined);
  if (known.length > 0 && known.length === ends.length) return Math.max(...known);
  const ready = pod.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'False');
  const unready = parseTime(ready?.lastTransitionTime ?? '');
  if (unready !== undefined) return unready;
  const deleted = parseTime(deletionTimestamp ?? '');
  if (deleted !== undefined) return deleted - deletionGracePeriodSeconds * 1000;
  return parseTime(creationTimestamp ?? '') ?? 0;
}
