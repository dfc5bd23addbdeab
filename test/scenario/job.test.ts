// Stories of Jobs and CronJobs, with players in place of kubelets.

import { expect } from 'chai';
import { type CronJob, cronjobs, type Job, jobs, type Pod, pods } from '../../shared/api/index.ts';
import { formatTime, type Live } from '../../shared/machinery/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

const template = {
  spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1' }] },
};

function job(name: string, spec: Partial<Job['spec'] & object> = {}): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default' },
    spec: { template, ...spec },
  };
}

async function end(stage: Stage, pod: Live<Pod>, exitCode: number): Promise<void> {
  const finishedAt = formatTime(stage.clock.now());
  await stage.kubelets.get('node1')?.say(pod, {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: [
      {
        name: 'c',
        image: 'busybox:1',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode, finishedAt } },
      },
    ],
  });
  await stage.quiet();
}

async function running(stage: Stage): Promise<Live<Pod>[]> {
  return (await stage.list(pods, 'default')).filter(
    ({ status, metadata }) => status?.phase === 'Running' && !metadata.deletionTimestamp,
  );
}

async function conditions(stage: Stage, name: string): Promise<string[]> {
  const { status } = await stage.get(jobs, name);
  return (status?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

describe('a Job', () => {
  it('runs two pods at once until three have succeeded', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(jobs, job('j', { completions: 3, parallelism: 2 }));
      for (let ended = 0; ended < 3; ended += 1) {
        const [pod] = await running(stage);
        if (!pod) throw new Error('nothing runs');
        expect(await running(stage)).to.have.length(ended < 2 ? 2 : 1);
        await end(stage, pod, 0);
      }
      const { status } = await stage.get(jobs, 'j');
      expect(status).to.deep.include({
        succeeded: 3,
        ready: 0,
        terminating: 0,
        uncountedTerminatedPods: {},
        completionTime: '2026-01-01T00:00:00Z',
      });
      expect(await conditions(stage, 'j')).to.eql([
        'SuccessCriteriaMet=True CompletionsReached',
        'Complete=True CompletionsReached',
      ]);
      for (const { metadata } of await stage.list(pods)) expect(metadata.finalizers ?? []).to.eql([]);
      const events = await stage.eventsOf('Job/j');
      expect(events.at(-1)).to.equal('Normal Completed Job completed');
      expect(events).to.have.length(4);
    }));

  it('fails when more pods have failed than it may, and waits longer before each', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(jobs, job('never', { backoffLimit: 2 }));
      for (const wait of [10_000, 20_000, 0]) {
        const [pod] = await running(stage);
        if (!pod) throw new Error('nothing runs');
        await end(stage, pod, 1);
        if (wait === 0) break;
        await stage.pass(wait - 1000);
        expect(await running(stage)).to.eql([]);
        await stage.pass(2000);
      }
      expect((await stage.get(jobs, 'never')).status?.failed).to.equal(3);
      expect(await conditions(stage, 'never')).to.eql([
        'FailureTarget=True BackoffLimitExceeded',
        'Failed=True BackoffLimitExceeded',
      ]);
      expect((await stage.eventsOf('Job/never')).at(-1)).to.equal(
        'Warning BackoffLimitExceeded Job has reached the specified backoff limit',
      );
    }));

  it('ends at its deadline, when its pods have ended', () =>
    onStage(async (stage) => {
      await stage.node('node1', { endsIn: () => 1000 });
      await stage.create(jobs, job('deadline', { activeDeadlineSeconds: 6 }));
      await stage.pass(6000);
      expect(await conditions(stage, 'deadline')).to.eql(['FailureTarget=True DeadlineExceeded']);
      await stage.pass(2000);
      expect(await conditions(stage, 'deadline')).to.eql([
        'FailureTarget=True DeadlineExceeded',
        'Failed=True DeadlineExceeded',
      ]);
      expect((await stage.get(jobs, 'deadline')).status?.failed).to.equal(1);
      expect(await stage.names(pods)).to.eql([]);
    }));

  it('gives each pod an index, once', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(jobs, job('i', { completions: 2, parallelism: 2, completionMode: 'Indexed' }));
      const made = await running(stage);
      expect(made.map(({ spec }) => spec?.hostname).sort()).to.eql(['i-0', 'i-1']);
      for (const pod of made) await end(stage, pod, 0);
      expect((await stage.get(jobs, 'i')).status).to.deep.include({ succeeded: 2, completedIndexes: '0,1' });
      expect(await conditions(stage, 'i')).to.include('Complete=True CompletionsReached');
    }));

  it('has no pods while it is suspended, and none of those that it had count', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(jobs, job('s'));
      const suspend = async (value: boolean) => {
        const patch = { spec: { suspend: value } };
        await stage.client.patch(
          jobs,
          { namespace: 'default', name: 's' },
          'application/merge-patch+json',
          patch,
        );
        await stage.pass(1000);
      };
      await suspend(true);
      expect(await stage.names(pods)).to.eql([]);
      expect(await conditions(stage, 's')).to.eql(['Suspended=True JobSuspended']);
      await suspend(false);
      expect(await running(stage)).to.have.length(1);
      expect((await stage.get(jobs, 's')).status?.failed).to.equal(undefined);
      expect(await stage.eventsOf('Job/s')).to.include.members([
        'Normal Suspended Job suspended',
        'Normal Resumed Job resumed',
      ]);
    }));

  it('goes with its pods when its time after the end is over', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(jobs, job('ttl', { ttlSecondsAfterFinished: 5 }));
      for (const pod of await running(stage)) await end(stage, pod, 0);
      await stage.pass(4000);
      expect(await stage.names(jobs)).to.eql(['ttl']);
      await stage.pass(2000);
      expect(await stage.names(jobs)).to.eql([]);
      expect(await stage.names(pods)).to.eql([]);
    }));

  it('takes its pods along when it is deleted', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(jobs, job('gone'));
      await stage.client.delete(jobs, { namespace: 'default', name: 'gone' });
      await stage.pass(5000);
      expect(await stage.names(pods)).to.eql([]);
    }));
});

describe('a CronJob', () => {
  const cronJob: CronJob = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'cj', namespace: 'default' },
    spec: { schedule: '*/1 * * * *', successfulJobsHistoryLimit: 1, jobTemplate: { spec: { template } } },
  };

  it('makes a Job every minute and keeps one that has ended', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(cronjobs, cronJob);
      const first = Date.parse('2026-01-01T00:01:00Z') / 60_000;
      for (let minute = 0; minute < 2; minute += 1) {
        await stage.pass(minute === 0 ? 61_000 : 60_000);
        for (const pod of await running(stage)) await end(stage, pod, 0);
      }
      await stage.pass(1000);
      expect(await stage.names(jobs)).to.eql([`cj-${first + 1}`]);
      expect(await stage.eventsOf('CronJob/cj')).to.include.members([
        `Normal SuccessfulCreate Created job cj-${first}`,
        `Normal SawCompletedJob Saw completed job: cj-${first}, condition: Complete`,
        `Normal SuccessfulDelete Deleted job cj-${first}`,
      ]);
      expect((await stage.get(cronjobs, 'cj')).status).to.deep.include({
        lastScheduleTime: '2026-01-01T00:02:00Z',
      });
    }));
});
