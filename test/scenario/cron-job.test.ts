// Stories of CronJobs, with players in place of kubelets.

import { expect } from 'chai';
import { type CronJob, cronjobs, jobs, type Pod, pods } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

const minuteOf = (time: string) => Date.parse(time) / 60_000;
/** Of the first Job: the stage begins at midnight. */
const first = minuteOf('2026-01-01T00:01:00Z');

function cronJob(spec: Partial<NonNullable<CronJob['spec']>> = {}): CronJob {
  const containers = [{ name: 'c', image: 'busybox:1' }];
  const template = { spec: { restartPolicy: 'Never', containers } };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'cj', namespace: 'default' },
    spec: { schedule: '*/1 * * * *', jobTemplate: { spec: { template } }, ...spec },
  };
}

async function begin(stage: Stage, spec?: Partial<NonNullable<CronJob['spec']>>): Promise<void> {
  await stage.node('node1');
  await stage.create(cronjobs, cronJob(spec));
}

async function finish(stage: Stage, phase: 'Succeeded' | 'Failed'): Promise<void> {
  const isRunning = ({ status }: Live<Pod>) => status?.phase === 'Running';
  for (const pod of (await stage.list(pods)).filter(isRunning))
    await stage.kubelets.get('node1')?.say(pod, { phase });
  await stage.quiet();
}

const succeed = (stage: Stage) => finish(stage, 'Succeeded');

const activeOf = async (stage: Stage) =>
  ((await stage.get(cronjobs, 'cj')).status?.active ?? []).map(({ name }) => name);

describe('a CronJob', () => {
  it('makes a Job every minute and keeps as many as it is to, as recorded', () =>
    onStage(async (stage) => {
      await begin(stage, { successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 1 });
      for (let minute = 0; minute < 2; minute += 1) {
        await stage.pass(minute === 0 ? 61_000 : 60_000);
        expect(await activeOf(stage)).to.eql([`cj-${first + minute}`]);
        await succeed(stage);
        expect(await activeOf(stage)).to.eql([]);
      }
      expect(await stage.names(jobs)).to.eql([`cj-${first + 1}`]);
      expect(await stage.eventsOf('CronJob/cj')).to.eql([
        `Normal SuccessfulCreate Created job cj-${first}`,
        `Normal SawCompletedJob Saw completed job: cj-${first}, condition: Complete`,
        `Normal SuccessfulCreate Created job cj-${first + 1}`,
        // Told in the other order by v1.21: newer ones forget first.
        `Normal SuccessfulDelete Deleted job cj-${first}`,
        `Normal SawCompletedJob Saw completed job: cj-${first + 1}, condition: Complete`,
      ]);
      const { status } = await stage.get(cronjobs, 'cj');
      expect(status?.lastScheduleTime).to.equal('2026-01-01T00:02:00Z');
      expect(status?.lastSuccessfulTime).to.match(/^2026-01-01T00:02:0\dZ$/);
    }));

  it('makes none while it is suspended, and the last one only when it goes on', () =>
    onStage(async (stage) => {
      await begin(stage, { suspend: true });
      await stage.pass(5 * 60_000 + 1000);
      expect(await stage.names(jobs)).to.eql([]);
      const key = { namespace: 'default', name: 'cj' };
      await stage.client.patch(cronjobs, key, 'application/merge-patch+json', { spec: { suspend: false } });
      await stage.quiet();
      expect(await stage.names(jobs)).to.eql([`cj-${first + 4}`]);
    }));

  it('waits for the one before where none may run beside it', () =>
    onStage(async (stage) => {
      await begin(stage, { concurrencyPolicy: 'Forbid' });
      await stage.pass(125_000);
      expect(await stage.names(jobs)).to.eql([`cj-${first}`]);
      expect((await stage.eventsOf('CronJob/cj')).join('\n')).to.contain(
        'Normal JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid',
      );
      await succeed(stage);
      expect(await activeOf(stage)).to.eql([`cj-${first + 1}`]);
    }));

  it('puts the next one in the place of the one before where it is to', () =>
    onStage(async (stage) => {
      await begin(stage, { concurrencyPolicy: 'Replace' });
      await stage.pass(61_000);
      await stage.pass(65_000);
      expect(await activeOf(stage)).to.eql([`cj-${first + 1}`]);
      expect(await stage.names(jobs)).to.eql([`cj-${first + 1}`]);
      expect(await stage.list(pods)).to.have.length(1);
    }));

  it('lets them run side by side otherwise', () =>
    onStage(async (stage) => {
      await begin(stage);
      await stage.pass(125_000);
      expect(await activeOf(stage)).to.eql([`cj-${first}`, `cj-${first + 1}`]);
    }));

  it('makes up for a time while nobody looked, unless it is too late for it', async () => {
    for (const [startingDeadlineSeconds, made] of [
      [600, 1],
      [20, 0],
    ] as const)
      await onStage(async (stage) => {
        await begin(stage, { schedule: '1 0 * * *', startingDeadlineSeconds });
        await stage.stopControllers();
        await stage.pass(180_000);
        await stage.restartControllers();
        expect(await stage.names(jobs)).to.have.length(made);
      });
  });

  it('makes each Job once, though it hears of it late and starts anew in between', () =>
    onStage(
      async (stage) => {
        await begin(stage);
        for (let minute = 1; minute <= 3; minute += 1) {
          await stage.pass(60_300);
          await stage.restartControllers();
        }
        await stage.pass(5000);
        expect(await stage.names(jobs)).to.eql([0, 1, 2].map((minute) => `cj-${first + minute}`));
        const said = await stage.eventsOf('CronJob/cj');
        expect(said.filter((event) => event.includes('Created job'))).to.have.length(3);
      },
      { lag: 500 },
    ));

  it('runs once for all the times that a hub was away over, and warns when they were more than a hundred', async () => {
    for (const [minutes, warns] of [
      [30, false],
      [110, true],
    ] as const)
      await onStage(async (stage) => {
        await begin(stage);
        await stage.stopControllers();
        await stage.pass(minutes * 60_000 + 5000);
        await stage.restartControllers();
        expect(await stage.names(jobs)).to.eql([`cj-${first + minutes - 1}`]);
        const warning =
          'Warning TooManyMissedTimes too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
        expect((await stage.eventsOf('CronJob/cj')).includes(warning)).to.equal(warns);
      });
  });

  it('keeps time by the zone that it names', () =>
    onStage(async (stage) => {
      // Midnight in London is half past five in Kolkata.
      await begin(stage, { schedule: '35 5 * * *', timeZone: 'Asia/Kolkata' });
      await stage.pass(4 * 60_000);
      expect(await stage.names(jobs)).to.eql([]);
      await stage.pass(2 * 60_000);
      const [job] = await stage.list(jobs);
      expect(job?.metadata.name).to.equal(`cj-${first + 4}`);
      expect(job?.metadata.annotations).to.include({
        'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T05:35:00+05:30',
      });
    }));

  it('keeps of those that failed as many as it is to', () =>
    onStage(async (stage) => {
      const jobTemplate = {
        spec: {
          backoffLimit: 0,
          template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1' }] } },
        },
      };
      await begin(stage, { failedJobsHistoryLimit: 2, successfulJobsHistoryLimit: 0, jobTemplate });
      for (let minute = 0; minute < 4; minute += 1) {
        await stage.pass(minute === 0 ? 61_000 : 60_000);
        await finish(stage, minute === 1 ? 'Succeeded' : 'Failed');
        await stage.pass(1000);
      }
      expect(await stage.names(jobs)).to.eql([`cj-${first + 2}`, `cj-${first + 3}`]);
      expect(await stage.eventsOf('CronJob/cj')).to.include.members([
        `Normal SawCompletedJob Saw completed job: cj-${first}, condition: Failed`,
        `Normal SuccessfulDelete Deleted job cj-${first}`,
        `Normal SuccessfulDelete Deleted job cj-${first + 1}`,
      ]);
    }));

  it('says once for each time that it may not begin beside the one before', () =>
    onStage(async (stage) => {
      await begin(stage, { schedule: '*/10 * * * *', concurrencyPolicy: 'Forbid' });
      await stage.pass(35 * 60_000);
      const refused =
        'Normal JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid';
      expect(await stage.eventsOf('CronJob/cj')).to.eql([
        `Normal SuccessfulCreate Created job cj-${first + 9}`,
        `${refused} ×2`,
      ]);
    }));

  it('says that there is no such day as it names', () =>
    onStage(async (stage) => {
      await begin(stage, { schedule: '59 23 31 2 *' });
      await stage.quiet();
      expect(await stage.eventsOf('CronJob/cj')).to.eql([
        'Warning InvalidSchedule invalid schedule: 59 23 31 2 * : time difference between two schedules is less than 1 second',
      ]);
    }));

  it('is made nothing of at a time that is too long ago', () =>
    onStage(async (stage) => {
      await begin(stage, { concurrencyPolicy: 'Forbid', startingDeadlineSeconds: 30 });
      await stage.pass(61_000);
      await stage.pass(50_000);
      await succeed(stage);
      expect(await stage.names(jobs)).to.eql([`cj-${first}`]);
      await stage.pass(10_000);
      expect(await stage.names(jobs)).to.eql([`cj-${first}`, `cj-${first + 1}`]);
    }));

  it('misses a Job that somebody else deleted', () =>
    onStage(async (stage) => {
      await begin(stage);
      await stage.pass(61_000);
      await stage.client.delete(jobs, { namespace: 'default', name: `cj-${first}` });
      await stage.pass(1000);
      expect(await activeOf(stage)).to.eql([]);
      expect(await stage.eventsOf('CronJob/cj')).to.include(
        `Normal MissingJob Active job went missing: cj-${first}`,
      );
    }));

  it('follows a clock that is set forward within a minute, and back by a day', () =>
    onStage(async (stage) => {
      await begin(stage, { schedule: '0 3 * * *' });
      // A board that learns the time: it is three in the morning, half a year later.
      stage.clock.setWall('2026-07-01T02:59:50Z');
      await stage.pass(60_000);
      const july = minuteOf('2026-07-01T03:00:00Z');
      expect(await stage.names(jobs)).to.eql([`cj-${july}`]);
      await succeed(stage);
      // It was wrong by a day: nothing is made up for, and the next time is one like any other.
      stage.clock.setWall('2026-06-30T02:40:00Z');
      await stage.pass(15 * 60_000);
      expect(await stage.names(jobs)).to.eql([`cj-${july}`]);
      await stage.pass(6 * 60_000);
      expect(await stage.names(jobs)).to.eql([`cj-${minuteOf('2026-06-30T03:00:00Z')}`, `cj-${july}`]);
    }));

  it('runs nothing twice when the clock is set back a little', () =>
    onStage(async (stage) => {
      await begin(stage, { schedule: '*/10 * * * *', successfulJobsHistoryLimit: 0 });
      await stage.pass(10 * 60_000 + 500);
      await succeed(stage);
      stage.clock.setWall('2026-01-01T00:08:00Z');
      await stage.pass(5 * 60_000);
      const created = async () =>
        (await stage.eventsOf('CronJob/cj')).filter((event) => event.includes('Created job'));
      expect(await created()).to.eql([`Normal SuccessfulCreate Created job cj-${first + 9}`]);
      await stage.pass(8 * 60_000);
      expect(await created()).to.have.length(2);
    }));

  it('writes nothing while it has nothing to do', () =>
    onStage(async (stage) => {
      await begin(stage, { schedule: '0 3 * * *' });
      const { resourceVersion } = (await stage.get(cronjobs, 'cj')).metadata;
      await stage.pass(2 * 60 * 60_000);
      expect((await stage.get(cronjobs, 'cj')).metadata.resourceVersion).to.equal(resourceVersion);
    }));
});
