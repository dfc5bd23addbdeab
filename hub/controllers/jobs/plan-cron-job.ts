// When a CronJob is due, and what the Job of a time looks like. Pure.

import { type CronJob, cronjobs, type Job } from '../../../shared/api/index.ts';
import {
  type CronSchedule,
  formatTime,
  type Live,
  newControllerRef,
  nextTime,
  parseTime,
  type ZoneClock,
} from '../../../shared/machinery/index.ts';

/** Times are milliseconds since the epoch. */
export interface CronWorld {
  cronJob: Live<CronJob>;
  schedule: CronSchedule;
  zone: ZoneClock;
  now: number;
}

export interface Due {
  /** The last time that was missed; absent: none was. */
  time?: number;
  /** More than a hundred were: somebody ought to know. */
  isFarBehind: boolean;
}

interface Missed {
  /** The last one; absent: there is none. */
  time?: number;
  missed: number;
}

const far = 100;
/** Not before the second has really begun. */
const leeway = 100;
export const scheduledTimestamp = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** Undefined: there is no such time (the 31st of February). */
export function dueNow(world: CronWorld): Due | undefined {
  const last = lastMissed(world, earliestOf(world, true));
  if (!last) return undefined;
  const { time, missed } = last;
  return { isFarBehind: missed > far, ...(time !== undefined && { time }) };
}

/** Milliseconds until the next time; undefined: never. */
export function untilNext(world: CronWorld): number | undefined {
  const { schedule, zone, now } = world;
  const earliest = earliestOf(world, false);
  const last = lastMissed(world, earliest);
  if (!last) return undefined;
  const { time, missed } = last;
  const next = nextTime(schedule, time ?? (missed > 0 ? now : earliest), zone);
  return next === undefined ? undefined : Math.max(0, next - now) + leeway;
}

/** Later than startingDeadlineSeconds allow. */
export function isTooLate({ cronJob, now }: CronWorld, time: number): boolean {
  const seconds = cronJob.spec?.startingDeadlineSeconds;
  return seconds !== undefined && time + seconds * 1000 < now;
}

/** Its last time has yet to come: it was said by a clock that was wrong. Smaller steps back are waited out, as cron does. */
export function isAhead(world: CronWorld): boolean {
  return sinceOf(world) - world.now > 3 * 60 * 60_000;
}

function earliestOf(world: CronWorld, heedsDeadline: boolean): number {
  const since = sinceOf(world);
  const seconds = world.cronJob.spec?.startingDeadlineSeconds;
  return heedsDeadline && seconds !== undefined ? Math.max(since, world.now - seconds * 1000) : since;
}

function sinceOf({ cronJob: { metadata, status }, now }: CronWorld): number {
  return parseTime(status?.lastScheduleTime ?? metadata.creationTimestamp ?? '') ?? now;
}

/**
 * Of many only the last counts. How many were missed is an estimate by the first two, so that years (of a clock that learned
 * the time late) cost no more than a day. Undefined: there is no time to come after the earliest.
 */
function lastMissed({ schedule, zone, now }: CronWorld, earliest: number): Missed | undefined {
  const first = nextTime(schedule, earliest, zone);
  if (first === undefined) return undefined;
  if (now < first) return { missed: 0 };
  const second = nextTime(schedule, first, zone);
  if (second === undefined || now < second) return { time: first, missed: 1 };
  const step = second - first;
  const missed = Math.floor((now - first) / step) + 1;
  let last: number | undefined;
  let next = nextTime(schedule, first + (missed - 2) * step, zone);
  while (next !== undefined && next <= now) {
    last = next;
    next = nextTime(schedule, next, zone);
  }
  return { missed, ...(last !== undefined && { time: last }) };
}

/** The same name for the same time: it cannot be made twice. */
export function jobNameAt({ metadata }: Live<CronJob>, time: number): string {
  return `${metadata.name}-${Math.floor(time / 60_000)}`;
}

/** `written`: how the time is written in the annotation. */
export function jobAt(cronJob: Live<CronJob>, time: number, written = formatTime(time)): Job {
  const { metadata, spec } = cronJob.spec?.jobTemplate ?? {};
  const { namespace } = cronJob.metadata;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobNameAt(cronJob, time),
      ...(namespace && { namespace }),
      ...(metadata?.labels && { labels: metadata.labels }),
      annotations: { ...metadata?.annotations, [scheduledTimestamp]: written },
      ownerReferences: [newControllerRef(cronJob, cronjobs)],
    },
    ...(spec && { spec }),
  };
}

/** The oldest of these Jobs, as many as there are more than `limit`; absent: all may stay. */
export function beyondHistory(finished: readonly Live<Job>[], limit: number | undefined): Live<Job>[] {
  if (limit === undefined) return [];
  const startOf = ({ status }: Live<Job>) => parseTime(status?.startTime ?? '') ?? Number.POSITIVE_INFINITY;
  const ranked = [...finished].sort(
    (a, b) => startOf(a) - startOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1),
  );
  return ranked.slice(0, Math.max(0, ranked.length - limit));
}
