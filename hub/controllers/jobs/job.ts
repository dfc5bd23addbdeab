// Runs pods until enough of them have succeeded, or too many have failed, or the time is over: side by side as many as
// spec.parallelism says, each index once where they have indexes. What has ended is counted exactly once, whoever crashes.

import { type Job, jobs, type Pod, pods } from '../../../shared/api/index.ts';
import { type Controller, each, keyOf, type Outcome } from '../../../shared/client/index.ts';
import {
  deepEqual,
  formatTime,
  isConditionTrue,
  type Live,
  setCondition,
} from '../../../shared/machinery/index.ts';
import type { ControllerContext } from '../context.ts';
import { belongingTo, claim } from '../pods/claim.ts';
import { writeStatus } from '../write-status.ts';
import { factsOf, type JobFacts, type JobStatus } from './job-facts.ts';
import {
  finishedTypeOf,
  isJobFinished,
  isManagedElsewhere,
  isTracked,
  trackingFinalizer,
} from './job-pods.ts';
import { JobWriter, selectorOf } from './job-writer.ts';
import { completionOf, untilJobDeadline, type Verdict, verdictOf } from './plan-job-end.ts';
import { addToBackoff, type Backoff, noBackoff } from './plan-job-failure.ts';
import { type JobPodPlan, planJobPods } from './plan-job-pods.ts';
import { countReleased, endJob, suspension, trackPods } from './plan-job-status.ts';

export function jobController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const recorder = context.recorder.from('job-controller');
  const informer = context.informers.of(jobs);
  const podInformer = context.informers.of(pods);
  const writer = new JobWriter(context, recorder);
  /** By the key of the Job. */
  const backoffs = new Map<string, { uid: string; backoff: Backoff }>();

  return {
    name: 'job',
    workers: 5,
    sources: [each(informer), ...writer.sources(informer)],
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const known = informer.get(key);
    if (!known || isManagedElsewhere(known) || isJobFinished(known)) {
      backoffs.delete(key);
      return;
    }
    const now = clock.now();
    const job = begun(known, now);
    const before = factsOf(job, await podsOf(job));
    const backoff = backoffOf(before, now);
    const verdict = verdictOf(before, now);
    const plan = planFor(before, verdict, backoff, now);
    const failure = await writer.act(job, plan, verdict !== undefined).catch((error: unknown) => ({ error }));

    const after = factsOf(
      job,
      belongingTo(podInformer, job.metadata.uid).map((pod) => writer.asKnown(pod)),
    );
    // Not while a pod runs that could not be deleted.
    const end = after.active.length > 0 ? undefined : (verdict ?? completionOf(after));
    const hasPlanned = !verdict && !job.metadata.deletionTimestamp;
    await settle(known, after, end, hasPlanned && !end);
    if (failure) throw failure.error;
    const waits = [plan.wait, untilJobDeadline(job, now)].filter((wait) => wait !== undefined && wait > 0);
    return waits.length > 0 && !end ? { requeueAfter: Math.min(...waits.map(Number)) } : undefined;
  }

  /** With a start time, from when it is allowed to run: the deadline counts anew when it is resumed. */
  function begun(job: Live<Job>, now: number): Live<Job> {
    const isResumed = isConditionTrue(job.status?.conditions, 'Suspended');
    if (job.spec?.suspend || (job.status?.startTime && !isResumed)) return job;
    return { ...job, status: { ...job.status, startTime: formatTime(now) } };
  }

  async function podsOf(job: Live<Job>): Promise<Live<Pod>[]> {
    const claimed = await claim<Job, Pod>({
      client,
      owner: job,
      ownerResource: jobs,
      resource: pods,
      informer: podInformer,
      selector: selectorOf(job),
      finalizer: trackingFinalizer,
    });
    return claimed.map((pod) => writer.asKnown(pod));
  }

  /** After a restart it is worked out from the pods that are counted already. */
  function backoffOf(facts: JobFacts, now: number): Backoff {
    const { job, pods: all, newlySucceeded, newlyFailed } = facts;
    const key = keyOf(job);
    const known = backoffs.get(key);
    const ofPhase = (phase: string) => all.filter((pod) => !isTracked(pod) && pod.status?.phase === phase);
    const backoff =
      known?.uid === job.metadata.uid
        ? known.backoff
        : addToBackoff(noBackoff, ofPhase('Succeeded'), ofPhase('Failed'), now);
    return addToBackoff(backoff, newlySucceeded, newlyFailed, now);
  }

  function planFor(facts: JobFacts, verdict: Verdict | undefined, backoff: Backoff, now: number): JobPodPlan {
    if (verdict) return { create: [], remove: facts.active };
    if (facts.job.metadata.deletionTimestamp) return { create: [], remove: [] };
    return planJobPods(facts, backoff, now);
  }

  /** Writes what has come of it, in the order that survives a crash after each step. */
  async function settle(
    known: Live<Job>,
    facts: JobFacts,
    end: Verdict | undefined,
    goesOn: boolean,
  ): Promise<void> {
    const now = clock.now();
    const change = goesOn ? suspension(facts, now) : undefined;
    const base = { ...facts.job.status, ...(change && suspended(facts, change, now)) };
    const { status: first, release, isWhole } = trackPods(facts, base, end, now);
    const backoff = backoffOf(facts, now);
    let job = await writeStatus(client, jobs, informer, known, first);
    if (!job) return;
    backoffs.set(keyOf(job), { uid: job.metadata.uid, backoff });
    if (change)
      recorder.event(job, 'Normal', change.status === 'True' ? 'Suspended' : 'Resumed', change.message ?? '');
    await writer.releaseAll(release);
    const gone = new Set(release.map(({ metadata }) => metadata.uid));
    const held = facts.pods.filter((pod) => isTracked(pod) && !gone.has(pod.metadata.uid));
    const counted = countReleased(first, new Set(held.map(({ metadata }) => metadata.uid)));
    const last = end && isWhole ? endJob(counted, end, now) : counted;
    if (deepEqual(last, first)) return;
    job = await writeStatus(client, jobs, informer, job, last);
    if (job) sayEnd(job, last);
  }

  function suspended(
    facts: JobFacts,
    change: NonNullable<ReturnType<typeof suspension>>,
    now: number,
  ): JobStatus {
    return { conditions: setCondition(facts.job.status?.conditions, change, formatTime(now)) };
  }

  function sayEnd(job: Live<Job>, status: JobStatus): void {
    const type = finishedTypeOf(status);
    const { reason = '', message = '' } =
      status.conditions?.find((condition) => condition.type === type) ?? {};
    if (type === 'Complete') recorder.event(job, 'Normal', 'Completed', 'Job completed');
    else if (type === 'Failed') recorder.event(job, 'Warning', reason, message);
  }
}
