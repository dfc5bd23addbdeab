// When a CronJob is due, case by case.

import { expect } from 'chai';
import {
  beyondHistory,
  type CronWorld,
  dueNow,
  isTooLate,
  jobAt,
  jobNameAt,
  untilNext,
} from '../../../hub/controllers/jobs/plan-cron-job.ts';
import type { CronJob } from '../../../shared/api/index.ts';
import { formatTime, type Live, parseCronSchedule, ZoneClock } from '../../../shared/machinery/index.ts';
import { sampleJob } from './sample-jobs.ts';

interface Moment {
  schedule: string;
  /** Default: noon of New Year 2026. */
  now?: string;
  created?: string;
  last?: string;
  startingDeadlineSeconds?: number;
}

function worldOf({ schedule, now = '2026-01-01T12:00:00Z', created, last, ...spec }: Moment): CronWorld {
  const cronJob: Live<CronJob> = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: {
      name: 'cj',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: created ?? '2026-01-01T11:00:00Z',
    },
    spec: { schedule, jobTemplate: { metadata: { labels: { a: 'b' } } }, ...spec },
    ...(last && { status: { lastScheduleTime: last } }),
  };
  return { cronJob, schedule: parseCronSchedule(schedule), zone: new ZoneClock('UTC'), now: Date.parse(now) };
}

const cases: (Moment & { about: string; due?: string; far?: boolean; waits?: number })[] = [
  { about: 'not before its first time', schedule: '5 12 * * *', waits: 300 },
  { about: 'at its time', schedule: '0 12 * * *', due: '2026-01-01T12:00:00Z', waits: 86_400 },
  {
    about: 'not again',
    schedule: '0 12 * * *',
    last: '2026-01-01T12:00:00Z',
    waits: 86_400,
  },
  {
    about: 'for the last of several that were missed',
    schedule: '*/10 * * * *',
    now: '2026-01-01T12:03:00Z',
    due: '2026-01-01T12:00:00Z',
    waits: 420,
  },
  {
    about: 'for none that is older than its deadline',
    schedule: '*/10 * * * *',
    now: '2026-01-01T12:03:00Z',
    startingDeadlineSeconds: 60,
    waits: 420,
  },
  {
    about: 'for the last of a hundred and more, of which it is told',
    schedule: '* * * * *',
    last: '2026-01-01T10:00:00Z',
    due: '2026-01-01T12:00:00Z',
    far: true,
    waits: 60,
  },
  {
    about: 'once, when the clock learns the time that was 1970 before',
    schedule: '*/5 * * * *',
    created: '1970-01-01T00:00:30Z',
    now: '2026-01-01T12:01:00Z',
    due: '2026-01-01T12:00:00Z',
    far: true,
    waits: 240,
  },
  {
    about: 'in step with where it began, every so often',
    schedule: '@every 7m',
    created: '2026-01-01T11:00:00Z',
    due: '2026-01-01T11:56:00Z',
    waits: 180,
  },
  {
    about: 'not at the weekend',
    schedule: '30 6-16/4 * * 1-5',
    last: '2026-01-02T14:30:00Z',
    now: '2026-01-05T06:00:00Z',
    waits: 1800,
  },
];

describe('a CronJob is due', () => {
  for (const { about, due, far = false, waits, ...moment } of cases) {
    it(about, () => {
      const world = worldOf(moment);
      const now = dueNow(world);
      expect(now?.time === undefined ? undefined : formatTime(now.time)).to.equal(due);
      expect(now?.isFarBehind).to.equal(far);
      // A tenth of a second more, so that the time has come for sure.
      expect(untilNext(world)).to.equal(waits === undefined ? undefined : waits * 1000 + 100);
    });
  }

  it('never, where there is no such day', () => {
    const world = worldOf({ schedule: '0 0 31 2 *' });
    expect(dueNow(world)).to.equal(undefined);
    expect(untilNext(world)).to.equal(undefined);
  });

  it('too late beyond its deadline only', () => {
    const world = worldOf({ schedule: '* * * * *', startingDeadlineSeconds: 30 });
    expect(isTooLate(world, world.now - 30_000)).to.equal(false);
    expect(isTooLate(world, world.now - 31_000)).to.equal(true);
    expect(isTooLate(worldOf({ schedule: '* * * * *' }), 0)).to.equal(false);
  });
});

describe('the Job of a CronJob', () => {
  it('has the same name for the same minute, and says its time', () => {
    const { cronJob, now } = worldOf({ schedule: '* * * * *' });
    expect(jobNameAt(cronJob, now)).to.equal(`cj-${now / 60_000}`);
    const { metadata } = jobAt(cronJob, now);
    expect(metadata?.annotations).to.eql({
      'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T12:00:00Z',
    });
    expect(metadata?.labels).to.eql({ a: 'b' });
    expect(metadata?.ownerReferences?.[0]).to.include({ kind: 'CronJob', name: 'cj', controller: true });
  });

  it('is forgotten by age, down to the limit', () => {
    const ended = ['b', 'c', 'a'].map((name, at) => {
      const job = sampleJob({}, { startTime: `2026-01-01T0${at}:00:00Z` });
      return { ...job, metadata: { ...job.metadata, name } };
    });
    const old = (limit?: number) => beyondHistory(ended, limit).map(({ metadata }) => metadata.name);
    expect(old(1)).to.eql(['b', 'c']);
    expect(old(3)).to.eql([]);
    expect(old(0)).to.eql(['b', 'c', 'a']);
    expect(old(undefined)).to.eql([]);
  });
});
