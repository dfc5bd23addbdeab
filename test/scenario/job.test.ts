// Stories of Jobs, with players in place of kubelets.

import { expect } from 'chai';
import { type Job, jobs, type Pod, pods } from '../../shared/api/index.ts';
import { formatTime, type Live, newControllerRef } from '../../shared/machinery/index.ts';
import { Cut } from '../support/cut.ts';
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

const tracking = 'batch.kubernetes.io/job-tracking';
const background = { propagationPolicy: 'Background' } as const;

/** A pod as its Job makes it. */
function podOf(owner: Live<Job>): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${owner.metadata.name}-pod`,
      namespace: 'default',
      finalizers: [tracking],
      ownerReferences: [newControllerRef(owner, jobs)],
    },
    spec: template.spec,
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

  it('takes its pods along when it is deleted in the background', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(jobs, job('gone'));
      await stage.client.delete(jobs, { namespace: 'default', name: 'gone' }, background);
      await stage.pass(5000);
      expect(await stage.names(pods)).to.eql([]);
    }));

  it('counts each pod once, whoever is told too late or starts anew in between', () =>
    onStage(
      async (stage) => {
        await stage.node('node1');
        await stage.create(jobs, job('late', { completions: 6, parallelism: 3 }));
        await stage.pass(3000);
        for (let ended = 0; ended < 6; ended += 1) {
          const [pod] = await running(stage);
          if (!pod) throw new Error('nothing runs');
          await end(stage, pod, ended === 2 ? 1 : 0);
          if (ended % 2 === 1) await stage.restartControllers();
          await stage.pass(30_000);
          expect((await running(stage)).length).to.be.at.most(3);
        }
        for (const pod of await running(stage)) await end(stage, pod, 0);
        await stage.pass(5000);
        expect((await stage.get(jobs, 'late')).status).to.deep.include({
          succeeded: 6,
          failed: 1,
          uncountedTerminatedPods: {},
        });
        expect(await conditions(stage, 'late')).to.include('Complete=True CompletionsReached');
        expect(await stage.list(pods)).to.have.length(7);
        for (const { metadata } of await stage.list(pods)) expect(metadata.finalizers ?? []).to.eql([]);
      },
      { lag: 700 },
    ));

  for (const step of [1, 2, 3])
    it(`goes on after a crash behind write ${step} of its end`, () =>
      onStage(async (stage) => {
        await stage.node('node1');
        await stage.create(jobs, job('crash'));
        const [pod] = await running(stage);
        if (!pod) throw new Error('nothing runs');
        // As it stands after so many writes of a hub that was stopped then.
        const { uid } = pod.metadata;
        const say = (status: object) =>
          stage.client.patch(
            jobs,
            { namespace: 'default', name: 'crash' },
            'application/merge-patch+json',
            { status },
            { subresource: 'status' },
          );
        await stage.stopControllers();
        await end(stage, pod, 0);
        if (step >= 2) await say({ uncountedTerminatedPods: { succeeded: [uid] } });
        if (step >= 3)
          await stage.client.patch(
            pods,
            { namespace: 'default', name: pod.metadata.name },
            'application/merge-patch+json',
            { metadata: { finalizers: null } },
          );
        await stage.restartControllers();
        expect((await stage.get(jobs, 'crash')).status).to.deep.include({
          succeeded: 1,
          uncountedTerminatedPods: {},
        });
        expect(await conditions(stage, 'crash')).to.include('Complete=True CompletionsReached');
        expect(await stage.list(pods)).to.have.length(1);
      }));

  it('counts each pod once, wherever between two writes the hub is killed', async () => {
    const cut = new Cut();
    await onStage(
      async (stage) => {
        await stage.node('node1');
        /** A hub that is killed after so many writes is started again when it is missed. Answers how many there were. */
        const tell = async (writes: number): Promise<number> => {
          const name = `killed-${writes}`;
          cut.after(writes);
          await stage.client.create(jobs, job(name, { completions: 2, parallelism: 2 }));
          for (const code of [1, 0, 0]) {
            await stage.pass(11_000);
            if (cut.isMade) {
              cut.mend();
              await stage.restartControllers();
              await stage.pass(11_000);
            }
            const [pod] = await running(stage);
            if (!pod) throw new Error(`nothing runs after ${writes} writes`);
            await end(stage, pod, code);
          }
          const count = cut.count;
          if (cut.isMade) {
            cut.mend();
            await stage.restartControllers();
          }
          await stage.pass(1000);
          const counts = { succeeded: 2, failed: 1, uncountedTerminatedPods: {} };
          expect((await stage.get(jobs, name)).status, name).to.deep.include(counts);
          expect(await conditions(stage, name)).to.eql([
            'SuccessCriteriaMet=True CompletionsReached',
            'Complete=True CompletionsReached',
          ]);
          const made = await stage.list(pods);
          expect(made, name).to.have.length(3);
          for (const { metadata } of made) expect(metadata.finalizers ?? [], name).to.eql([]);
          await stage.client.delete(jobs, { namespace: 'default', name }, background);
          await stage.pass(1000);
          return count;
        };
        const all = await tell(1000);
        expect(all).to.be.within(15, 40);
        // By day a part of them.
        const step = process.env.KELP_NIGHTLY ? 1 : 3;
        for (let writes = 0; writes < all; writes += step) await tell(writes);
      },
      { way: (transport) => cut.through(transport) },
    );
  }).timeout(120_000);

  it('is left alone with its pods where somebody else manages it', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      const made = await stage.create(
        jobs,
        job('theirs', { managedBy: 'example.com/queue', ttlSecondsAfterFinished: 3600 }),
      );
      await stage.create(pods, podOf(made));
      await stage.pass(60_000);
      expect((await stage.get(jobs, 'theirs')).status ?? {}).to.eql({});
      expect(await stage.eventsOf('Job/theirs')).to.eql([]);
      const conditions = [
        { type: 'FailureTarget', status: 'True' },
        { type: 'Failed', status: 'True' },
      ];
      await stage.client.patch(
        jobs,
        { namespace: 'default', name: 'theirs' },
        'application/merge-patch+json',
        { status: { startTime: formatTime(stage.clock.now()), conditions } },
        { subresource: 'status' },
      );
      await stage.pass(60_000);
      const [pod] = await stage.list(pods);
      expect(pod?.metadata.finalizers).to.eql([tracking]);
    }));

  it('does as before where the one that manages it is named, and is us', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      await stage.create(jobs, job('ours', { managedBy: 'kubernetes.io/job-controller' }));
      expect(await running(stage)).to.have.length(1);
    }));

  it('leaves pods that nobody will count without the finalizer', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      const kept = await stage.create(jobs, job('kept'));
      const [orphan] = await running(stage);
      await stage.client.delete(
        jobs,
        { namespace: 'default', name: 'kept' },
        { propagationPolicy: 'Orphan' },
      );
      await stage.pass(1000);
      const left = await stage.get(pods, orphan?.metadata.name ?? '');
      expect(left.metadata.finalizers ?? []).to.eql([]);
      expect(left.metadata.ownerReferences ?? []).to.eql([]);
      // One that its Job made at the last moment: the collector deletes it, and nothing holds it.
      await stage.create(pods, podOf(kept));
      await stage.pass(60_000);
      expect(await stage.names(pods)).to.eql([left.metadata.name]);
    }));

  it('takes in a pod that its selector finds, and counts it', () =>
    onStage(async (stage) => {
      await stage.node('node1');
      const labels = { app: 'found' };
      const orphan: Pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'orphan', namespace: 'default', labels },
        spec: template.spec,
      };
      await stage.create(pods, orphan);
      await stage.create(
        jobs,
        job('found', {
          manualSelector: true,
          selector: { matchLabels: labels },
          template: { ...template, metadata: { labels } },
        }),
      );
      const taken = await stage.get(pods, 'orphan');
      expect(taken.metadata.ownerReferences?.[0]).to.include({
        kind: 'Job',
        name: 'found',
        controller: true,
      });
      expect(taken.metadata.finalizers).to.eql([tracking]);
      expect(await stage.list(pods)).to.have.length(1);
      await end(stage, taken, 0);
      expect((await stage.get(jobs, 'found')).status?.succeeded).to.equal(1);
    }));
});
