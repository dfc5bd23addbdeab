// Makes Jobs by the clock: one for each time of the schedule, the last one only where several were missed. Keeps a history of
// those that have ended, and says in its status which run.

import { type CronJob, cronjobs, type Job, jobs } from '../../../shared/api/index.ts';
import { messageOf } from '../../../shared/base/index.ts';
import { addressOf, type Controller, each, type Outcome, ownersOf } from '../../../shared/client/index.ts';
import {
  ApiError,
  CronError,
  formatTime,
  isControlledBy,
  type Live,
  parseCronSchedule,
  parseTime,
  ZoneClock,
  zoneOfSchedule,
} from '../../../shared/machinery/index.ts';
import { isNamespaceTerminating, orNothing } from '../api-answers.ts';
import type { ControllerContext } from '../context.ts';
import { belongingTo, indexByController } from '../pods/claim.ts';
import { writeStatus } from '../write-status.ts';
import { finishedTypeOf, isJobFinished } from './job-pods.ts';
import {
  beyondHistory,
  type CronWorld,
  dueNow,
  isAhead,
  isTooLate,
  jobAt,
  jobNameAt,
  untilNext,
} from './plan-cron-job.ts';

type CronJobStatus = NonNullable<CronJob['status']>;
type Reference = NonNullable<CronJobStatus['active']>[number];

/** A board learns the time at any time: whoever waits looks at the clock again. */
const longestWait = 60_000;

export function cronJobController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const recorder = context.recorder.from('cronjob-controller');
  const informer = context.informers.of(cronjobs);
  const jobInformer = context.informers.of(jobs);
  indexByController(jobInformer);

  return {
    name: 'cronjob',
    workers: 5,
    sources: [each(informer), ownersOf(jobInformer, cronjobs.group, cronjobs.kind)],
    reconcile,
  };

  async function reconcile(key: string): Promise<Outcome> {
    const cronJob = informer.get(key);
    if (!cronJob) return;
    const owned = belongingTo(jobInformer, cronJob.metadata.uid);
    const status: CronJobStatus = { ...cronJob.status, active: [...(cronJob.status?.active ?? [])] };
    await forgetOld(cronJob, owned, status);
    look(cronJob, owned, status);
    await missActive(cronJob, owned, status);
    const outcome = await keepTime(cronJob, status).catch((error: unknown) => ({ error }));
    const { active = [], ...rest } = status;
    await writeStatus(client, cronjobs, informer, cronJob, { ...rest, ...(active.length > 0 && { active }) });
    if (outcome && 'error' in outcome) throw outcome.error;
    return outcome;
  }

  /** Deletes what is beyond the history's limits. */
  async function forgetOld(
    cronJob: Live<CronJob>,
    owned: readonly Live<Job>[],
    status: CronJobStatus,
  ): Promise<void> {
    const { failedJobsHistoryLimit, successfulJobsHistoryLimit } = cronJob.spec ?? {};
    const ended = (type: string) =>
      owned.filter((job) => finishedTypeOf(job.status) === type && !job.metadata.deletionTimestamp);
    const old = [
      ...beyondHistory(ended('Complete'), successfulJobsHistoryLimit),
      ...beyondHistory(ended('Failed'), failedJobsHistoryLimit),
    ];
    for (const job of old) await deleteJob(cronJob, job, status);
  }

  /** Follows what has become of its Jobs. */
  function look(cronJob: Live<CronJob>, owned: readonly Live<Job>[], status: CronJobStatus): void {
    for (const job of owned) {
      const { uid, name } = job.metadata;
      const type = finishedTypeOf(job.status);
      const isActive = status.active?.some((reference) => reference.uid === uid);
      if (type === undefined && !isActive) {
        const message = `Saw a job that the controller did not create or forgot: ${name}`;
        recorder.event(cronJob, 'Warning', 'UnexpectedJob', message);
      } else if (type !== undefined && isActive) {
        dropActive(status, uid);
        recorder.event(
          cronJob,
          'Normal',
          'SawCompletedJob',
          `Saw completed job: ${name}, condition: ${type}`,
        );
      }
      const end = type === 'Complete' ? job.status?.completionTime : undefined;
      if (end && timeOf(end) > timeOf(status.lastSuccessfulTime)) status.lastSuccessfulTime = end;
    }
  }

  /** Drops from the active ones those that are there no more. Asks the API: the informer may not know the newest. */
  async function missActive(
    cronJob: Live<CronJob>,
    owned: readonly Live<Job>[],
    status: CronJobStatus,
  ): Promise<void> {
    for (const { uid, name = '' } of status.active ?? []) {
      if (owned.some((job) => job.metadata.uid === uid)) continue;
      const found = await orNothing(client.get(jobs, siblingOf(cronJob, name)));
      if (found?.metadata.uid === uid) continue;
      recorder.event(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${name}`);
      dropActive(status, uid);
    }
  }

  async function keepTime(cronJob: Live<CronJob>, status: CronJobStatus): Promise<Outcome> {
    if (cronJob.metadata.deletionTimestamp || cronJob.spec?.suspend) return;
    const world = worldOf(cronJob);
    if (!world) return;
    if (isAhead(world)) status.lastScheduleTime = formatTime(world.now);
    const due = dueNow(world);
    if (!due) {
      const message = `invalid schedule: ${cronJob.spec?.schedule} : time difference between two schedules is less than 1 second`;
      recorder.event(cronJob, 'Warning', 'InvalidSchedule', message);
      return;
    }
    const { time, isFarBehind } = due;
    if (time !== undefined) {
      if (isFarBehind) {
        const message =
          'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
        recorder.event(cronJob, 'Warning', 'TooManyMissedTimes', message);
      }
      await startAt(world, time, status);
    }
    // From what the status says now.
    const wait = untilNext({ ...world, cronJob: { ...cronJob, status } });
    if (wait === undefined) return;
    // What may not start beside another is told so at each of its times, not at each look.
    return { requeueAfter: time === undefined ? Math.min(wait, longestWait) : wait };
  }

  /** Undefined where there is no keeping time by it: somebody is told. */
  function worldOf(cronJob: Live<CronJob>): CronWorld | undefined {
    const { schedule = '', timeZone } = cronJob.spec ?? {};
    try {
      const zone = new ZoneClock(timeZone ?? zoneOfSchedule(schedule));
      return { cronJob, schedule: parseCronSchedule(schedule), zone, now: clock.now() };
    } catch (error) {
      if (error instanceof CronError) {
        const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${error.message}`;
        recorder.event(cronJob, 'Warning', 'UnparseableSchedule', message);
      } else if (error instanceof RangeError) {
        const message = `invalid timeZone: ${JSON.stringify(timeZone)}: ${error.message}`;
        recorder.event(cronJob, 'Warning', 'UnknownTimeZone', message);
      } else throw error;
      return undefined;
    }
  }

  async function startAt(world: CronWorld, time: number, status: CronJobStatus): Promise<void> {
    const { cronJob } = world;
    if (isTooLate(world, time)) {
      const message = `Missed scheduled time to start a job: ${new Date(time).toUTCString().replace('GMT', 'UTC')}`;
      recorder.event(cronJob, 'Warning', 'MissSchedule', message);
      return;
    }
    const active = status.active ?? [];
    if (
      active.some(({ name }) => name === jobNameAt(cronJob, time)) ||
      timeOf(status.lastScheduleTime) === time
    )
      return;
    if (cronJob.spec?.concurrencyPolicy === 'Forbid' && active.length > 0) {
      const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
      recorder.event(cronJob, 'Normal', 'JobAlreadyActive', message);
      return;
    }
    if (cronJob.spec?.concurrencyPolicy === 'Replace') await removeActive(cronJob, status);
    await create(world, time, status);
  }

  async function removeActive(cronJob: Live<CronJob>, status: CronJobStatus): Promise<void> {
    for (const { name = '', uid = '' } of status.active ?? []) {
      const job = await orNothing(client.get(jobs, siblingOf(cronJob, name)));
      if (job) await deleteJob(cronJob, job, status);
      else dropActive(status, uid);
    }
  }

  async function create({ cronJob, zone }: CronWorld, time: number, status: CronJobStatus): Promise<void> {
    const written = cronJob.spec?.timeZone ? zone.format3339(time) : formatTime(time);
    const job = jobAt(cronJob, time, written);
    try {
      const made = jobInformer.learn(await client.create(jobs, job));
      recorder.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${made.metadata.name}`);
      begin(status, made, time);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      if (!ApiError.is(error, 'AlreadyExists')) {
        recorder.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
        throw error;
      }
      // Made before, and whoever made it could not say so.
      const found = await client.get(jobs, siblingOf(cronJob, jobNameAt(cronJob, time)));
      if (!isControlledBy(found, cronJob)) throw error;
      begin(status, found, time);
    }
  }

  function begin(status: CronJobStatus, job: Live<Job>, time: number): void {
    if (!isJobFinished(job)) status.active = [...(status.active ?? []), referenceTo(job)];
    status.lastScheduleTime = formatTime(time);
  }

  async function deleteJob(cronJob: Live<CronJob>, job: Live<Job>, status: CronJobStatus): Promise<void> {
    const { uid, name } = job.metadata;
    try {
      const query = { propagationPolicy: 'Background', preconditions: { uid } } as const;
      await orNothing(client.delete(jobs, addressOf(job), query));
    } catch (error) {
      recorder.event(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${messageOf(error)}`);
      throw error;
    }
    dropActive(status, uid);
    recorder.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`);
  }
}

function referenceTo({ metadata: { namespace, name, uid, resourceVersion } }: Live<Job>): Reference {
  return {
    kind: 'Job',
    ...(namespace && { namespace }),
    name,
    uid,
    apiVersion: 'batch/v1',
    ...(resourceVersion && { resourceVersion }),
  };
}

function dropActive(status: CronJobStatus, uid: string | undefined): void {
  status.active = (status.active ?? []).filter((reference) => reference.uid !== uid);
}

function siblingOf({ metadata: { namespace } }: Live, name: string): { name: string; namespace?: string } {
  return { name, ...(namespace && { namespace }) };
}

/** Milliseconds since the epoch; -Infinity: never. */
function timeOf(text: string | undefined): number {
  return parseTime(text ?? '') ?? Number.NEGATIVE_INFINITY;
}
