// Which pods a Job creates and which it removes, and what its pods look like. Pure.

import { type Job, jobs, type Pod, type PodTemplate } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { rankForDeletion } from '../pods/plan-pod-deletion.ts';
import { podFrom } from '../pods/pod-from-template.ts';
import { allFailures, indexesIn, isOfJob, type JobFacts, type JobIndexes } from './job-facts.ts';
import {
  completionIndex,
  countOf,
  failureCount,
  finishedAt,
  ignoredFailureCount,
  indexOfPod,
  isTerminating,
  replacesOnlyFailed,
  trackingFinalizer,
} from './job-pods.ts';
import { type Backoff, backoffLeft, matchFailure } from './plan-job-failure.ts';

/** No more pods are created or deleted in one go. */
const burst = 500;
const longestGenerateName = 58;

export interface JobPodPlan {
  create: readonly NewPod[];
  remove: readonly Live<Pod>[];
  /** Milliseconds until more may be created; absent: nothing waits. */
  wait?: number;
}

export interface NewPod {
  /** Absent: the Job is not indexed. */
  index?: number;
  /** The failed pod of the same index. */
  replaces?: Live<Pod>;
}

/** Of a Job that goes on. */
export function planJobPods(facts: JobFacts, backoff: Backoff, now: number): JobPodPlan {
  const { spec, active } = facts;
  if (spec.suspend) return { create: [], remove: active.slice(0, burst) };
  const wanted = wantedPods(facts);
  const remove = surplus(facts, active.length - wanted, now);
  // One or the other: what is removed may free an index.
  if (remove.length > 0) return { create: [], remove: remove.slice(0, burst) };
  const leaving = replacesOnlyFailed(facts.job) ? facts.terminating : 0;
  const missing = Math.min(wanted - leaving - active.length, burst);
  if (missing <= 0) return { create: [], remove: [] };
  const { indexes } = facts;
  if (indexes?.failed) return planByIndex(facts, indexes, missing, now);
  const wait = backoffLeft(backoff, now);
  if (wait > 0) return { create: [], remove: [], wait };
  const create = indexes
    ? pendingIndexes(facts, indexes, missing).map((index) => ({ index }))
    : Array.from({ length: missing }, () => ({}));
  return { create, remove: [] };
}

function wantedPods({ spec, succeeded, active }: JobFacts): number {
  const { parallelism = 1, completions } = spec;
  // A queue of work: once a pod has succeeded there is nothing left to begin.
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

function surplus({ job, active, indexes }: JobFacts, tooMany: number, now: number): Live<Pod>[] {
  const ranked = rankForDeletion(active, () => 0, now);
  if (!indexes) return ranked.slice(0, Math.max(0, tooMany));
  const taken = new Set<number>();
  const useless: Live<Pod>[] = [];
  // The last one of an index is the one to keep.
  for (const pod of [...ranked].reverse()) {
    const index = indexOfPod(pod) ?? -1;
    if (!isOfJob(pod, job) || taken.has(index)) useless.push(pod);
    else taken.add(index);
  }
  const others = ranked.filter((pod) => !useless.includes(pod));
  return [...useless, ...others.slice(0, Math.max(0, tooMany - useless.length))];
}

function pendingIndexes({ job, pods, active }: JobFacts, indexes: JobIndexes, count: number): number[] {
  const leaving = replacesOnlyFailed(job) ? pods.filter(isTerminating) : [];
  const taken = indexes.succeeded.with(indexesIn([...active, ...leaving]));
  const settled = indexes.failed ? taken.union(indexes.failed) : taken;
  return settled.firstMissing(count, indexes.completions);
}

/** Each index waits for itself. */
function planByIndex(facts: JobFacts, indexes: JobIndexes, missing: number, now: number): JobPodPlan {
  const create: NewPod[] = [];
  let wait = Number.POSITIVE_INFINITY;
  for (const index of pendingIndexes(facts, indexes, missing)) {
    const replaces = indexes.awaiting.get(index);
    const left = replaces ? untilReplaced(replaces, now) : 0;
    if (left > 0) wait = Math.min(wait, left);
    else create.push({ index, ...(replaces && { replaces }) });
  }
  return { create, remove: [], ...(Number.isFinite(wait) && { wait }) };
}

function untilReplaced(pod: Live<Pod>, now: number): number {
  return backoffLeft({ failures: allFailures(pod) + 1, last: Math.min(finishedAt(pod), now) }, now);
}

/** A pod of the Job's template, marked as not counted yet, and with its index where it has one. */
export function podOfJob(job: Live<Job>, { index, replaces }: NewPod): Pod {
  const template = job.spec?.template ?? {};
  const metadata = {
    ...template.metadata,
    finalizers: [...new Set([...(template.metadata?.finalizers ?? []), trackingFinalizer])],
  };
  if (index === undefined) return podFrom(job, jobs, { ...template, metadata });
  const { name } = job.metadata;
  const end = `-${index}-`;
  const marked = {
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [completionIndex]: `${index}` },
      annotations: {
        ...metadata.annotations,
        [completionIndex]: `${index}`,
        ...failuresBefore(job, replaces),
      },
    },
    ...(template.spec && { spec: { ...withIndexVariable(template.spec), hostname: `${name}-${index}` } }),
  };
  const pod = podFrom(job, jobs, marked);
  const generateName = `${name.slice(0, longestGenerateName - end.length)}${end}`;
  return { ...pod, metadata: { ...pod.metadata, generateName } };
}

function failuresBefore({ spec }: Live<Job>, replaces: Live<Pod> | undefined): Record<string, string> {
  if (spec?.backoffLimitPerIndex === undefined) return {};
  if (!replaces) return { [failureCount]: '0' };
  const { counts } = matchFailure(spec.podFailurePolicy, replaces);
  const ignored = countOf(replaces, ignoredFailureCount) + (counts ? 0 : 1);
  return {
    [failureCount]: `${countOf(replaces, failureCount) + (counts ? 1 : 0)}`,
    ...(ignored > 0 && { [ignoredFailureCount]: `${ignored}` }),
  };
}

type PodSpec = NonNullable<NonNullable<PodTemplate['template']>['spec']>;

const indexVariable = 'JOB_COMPLETION_INDEX';

function withIndexVariable(spec: PodSpec): PodSpec {
  const fieldPath = `metadata.labels['${completionIndex}']`;
  const add = (container: PodSpec['containers'][number]) =>
    container.env?.some(({ name }) => name === indexVariable)
      ? container
      : {
          ...container,
          env: [...(container.env ?? []), { name: indexVariable, valueFrom: { fieldRef: { fieldPath } } }],
        };
  return {
    ...spec,
    containers: spec.containers.map(add),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(add) }),
  };
}
