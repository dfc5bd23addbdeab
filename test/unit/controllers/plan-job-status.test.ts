// The status of a Job in its steps, case by case: what is named, what may go, what is counted.

import { expect } from 'chai';
import type { JobFacts, JobStatus } from '../../../hub/controllers/jobs/job-facts.ts';
import type { Verdict } from '../../../hub/controllers/jobs/plan-job-end.ts';
import {
  countReleased,
  endJob,
  suspension,
  trackPods,
} from '../../../hub/controllers/jobs/plan-job-status.ts';
import type { Job, Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { factsFor, failed, sampleJob, sampleJobPod, succeeded } from './sample-jobs.ts';
import { now, secondsAgo } from './sample-sets.ts';

type JobSpec = NonNullable<Job['spec']>;

const failing: Verdict = { type: 'FailureTarget', reason: 'BackoffLimitExceeded', message: 'too often' };
const completing: Verdict = { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message: 'enough' };
const indexed: Partial<JobSpec> = { completionMode: 'Indexed', completions: 4, parallelism: 4 };
const perIndex: Partial<JobSpec> = { ...indexed, backoffLimitPerIndex: 1, backoffLimit: 2 ** 31 - 1 };

interface Case {
  about: string;
  spec?: Partial<JobSpec>;
  pods: Live<Pod>[];
  status?: JobStatus;
  verdict?: Verdict;
  /** Some of what the status says then. */
  says: Partial<JobStatus>;
  /** Names of the pods that may go. */
  release: string[];
}

const cases: Case[] = [
  {
    about: 'counts those that run and says that none has to be counted',
    pods: [sampleJobPod('a', { condition: 'Ready' }), sampleJobPod('b')],
    says: { active: 2, ready: 1, terminating: 0, uncountedTerminatedPods: {} },
    release: [],
  },
  {
    about: 'names what has ended before it counts',
    pods: [succeeded('a'), failed('b'), sampleJobPod('c')],
    says: {
      active: 1,
      succeeded: undefined,
      failed: undefined,
      uncountedTerminatedPods: { succeeded: ['uid-a'], failed: ['uid-b'] },
    } as Partial<JobStatus>,
    release: ['a', 'b'],
  },
  {
    about: 'names nothing twice',
    pods: [succeeded('a')],
    status: { uncountedTerminatedPods: { succeeded: ['uid-a'] } },
    says: { uncountedTerminatedPods: { succeeded: ['uid-a'] } },
    release: ['a'],
  },
  {
    about: 'counts what was named and has lost its finalizer, or is gone',
    pods: [succeeded('a', { isReleased: true })],
    status: {
      succeeded: 3,
      uncountedTerminatedPods: { succeeded: ['uid-a', 'uid-gone'], failed: ['uid-x'] },
    },
    says: { succeeded: 5, failed: 1, uncountedTerminatedPods: {} },
    release: [],
  },
  {
    about: 'does not count again what was counted',
    pods: [succeeded('a', { isReleased: true }), failed('b', { isReleased: true })],
    status: { succeeded: 1, failed: 1, uncountedTerminatedPods: {} },
    says: { succeeded: 1, failed: 1, uncountedTerminatedPods: {} },
    release: [],
  },
  {
    about: 'takes one that is deleted while it runs for a failure',
    pods: [sampleJobPod('a', { isLeaving: true })],
    says: { terminating: 1, uncountedTerminatedPods: { failed: ['uid-a'] } },
    release: ['a'],
  },
  {
    about: 'waits for its end where only failures are replaced',
    spec: { podReplacementPolicy: 'Failed' },
    pods: [sampleJobPod('a', { isLeaving: true })],
    says: { terminating: 1, uncountedTerminatedPods: {} },
    release: [],
  },
  {
    about: 'counts no failure that its policy ignores, and lets the pod go',
    spec: {
      podFailurePolicy: {
        rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
    },
    pods: [failed('a', { condition: 'DisruptionTarget' }), failed('b')],
    says: { uncountedTerminatedPods: { failed: ['uid-b'] } },
    release: ['a', 'b'],
  },
  {
    about: 'takes those that run for failed when the Job fails',
    pods: [sampleJobPod('a', { isLeaving: true }), failed('b')],
    verdict: failing,
    says: { uncountedTerminatedPods: { failed: ['uid-a', 'uid-b'] } },
    release: ['a', 'b'],
  },
  {
    about: 'counts indexes at once: they cannot be counted twice',
    spec: indexed,
    pods: [succeeded('a', { index: 0 }), succeeded('b', { index: 0 }), succeeded('c', { index: 3 })],
    status: { completedIndexes: '1', succeeded: 1 },
    says: { completedIndexes: '0,1,3', succeeded: 3, uncountedTerminatedPods: {} },
    release: ['a', 'b', 'c'],
  },
  {
    about: 'lets pods go that have no index of the Job, uncounted',
    spec: indexed,
    pods: [succeeded('a', { index: 7 }), failed('b')],
    says: { uncountedTerminatedPods: {} },
    release: ['a', 'b'],
  },
  {
    about: 'keeps the failed pod of an index until its replacement is there',
    spec: perIndex,
    pods: [failed('a', { index: 0, failuresBefore: 0 })],
    says: { failedIndexes: '', uncountedTerminatedPods: {} },
    release: [],
  },
  {
    about: 'lets it go then',
    spec: perIndex,
    pods: [failed('a', { index: 0, failuresBefore: 0 }), sampleJobPod('b', { index: 0, failuresBefore: 1 })],
    says: { failedIndexes: '', uncountedTerminatedPods: { failed: ['uid-a'] } },
    release: ['a'],
  },
  {
    about: 'names the indexes that have failed for good',
    spec: perIndex,
    pods: [failed('a', { index: 2, failuresBefore: 1 })],
    says: { failedIndexes: '2', uncountedTerminatedPods: { failed: ['uid-a'] } },
    release: ['a'],
  },
];

const names = (list: readonly Live<Pod>[]) => list.map(({ metadata }) => metadata.name);

describe('the status of a Job', () => {
  for (const { about, spec = {}, pods, status = {}, verdict, says, release } of cases) {
    it(about, () => {
      const facts = factsFor(spec, pods, status);
      const tracked = trackPods(facts, status, verdict, now);
      for (const [field, value] of Object.entries(says))
        expect(tracked.status[field as keyof JobStatus], field).to.eql(value);
      expect(names(tracked.release)).to.eql(release);
      expect(tracked.isWhole).to.equal(true);
    });
  }

  it('lets everything go when the Job is being deleted, and those that run too', () => {
    const facts = factsFor({}, [sampleJobPod('a'), succeeded('b')]);
    const job = { ...facts.job, metadata: { ...facts.job.metadata, deletionTimestamp: secondsAgo(1) } };
    expect(names(trackPods({ ...facts, job }, {}, undefined, now).release)).to.eql(['a', 'b']);
  });

  it('names 500 at once at most, and says that there are more', () => {
    const many = Array.from({ length: 501 }, (_, at) => succeeded(`p${at}`));
    const { status, release, isWhole } = trackPods(factsFor({ completions: 501 }, many), {}, undefined, now);
    expect(status.uncountedTerminatedPods?.succeeded).to.have.length(500);
    expect(release).to.have.length(500);
    expect(isWhole).to.equal(false);
  });

  it('counts what has lost its finalizer and goes on naming the rest', () => {
    const named = { succeeded: 1, uncountedTerminatedPods: { succeeded: ['a', 'b'], failed: ['c'] } };
    expect(countReleased(named, new Set(['b']))).to.eql({
      succeeded: 2,
      failed: 1,
      uncountedTerminatedPods: { succeeded: ['b'] },
    });
  });

  it('comes to the same however often and wherever the steps are broken off', () => {
    const pods = [succeeded('a'), succeeded('b'), failed('c')];
    const released = (pod: Live<Pod>): Live<Pod> => ({
      ...pod,
      metadata: { ...pod.metadata, finalizers: [] },
    });
    // Of the three pods every subset may have lost its finalizer when the hub is killed.
    for (let subset = 0; subset < 8; subset += 1)
      for (const isNamed of [false, true]) {
        const named = trackPods(factsFor({}, pods), {}, undefined, now).status;
        // Nothing loses its finalizer before it is named.
        const before = isNamed ? named : {};
        const gone = isNamed ? subset : 0;
        const left = pods.map((pod, at) => (gone & (1 << at) ? released(pod) : pod));
        const again = trackPods(factsFor({}, left, before), before, undefined, now);
        const after = countReleased(again.status, new Set());
        expect(after, `${subset} ${isNamed}`).to.deep.include({
          succeeded: 2,
          failed: 1,
          uncountedTerminatedPods: {},
        });
        const facts: JobFacts = factsFor({}, left.map(released), after);
        expect(trackPods(facts, after, undefined, now).status).to.eql(after);
      }
  });

  it('says at once why it is to end', () => {
    const { status } = trackPods(factsFor({}, [sampleJobPod('a', { isLeaving: true })]), {}, failing, now);
    expect(status.conditions).to.eql([
      {
        ...failing,
        status: 'True',
        lastProbeTime: secondsAgo(0),
        lastTransitionTime: secondsAgo(0),
      },
    ]);
  });

  it('ends when nothing runs or has to be counted, with a time where it is complete', () => {
    const types = (status: JobStatus) => (status.conditions ?? []).map(({ type }) => type);
    for (const busy of [
      { active: 1 },
      { terminating: 1 },
      { uncountedTerminatedPods: { failed: ['a'] } },
      { uncountedTerminatedPods: { succeeded: ['a'] } },
    ])
      expect(endJob(busy, completing, now)).to.equal(busy);
    const complete = endJob({ uncountedTerminatedPods: {} }, completing, now);
    expect(types(complete)).to.eql(['Complete']);
    expect(complete.completionTime).to.equal(secondsAgo(0));
    const broken = endJob({ terminating: 0 }, failing, now);
    expect(types(broken)).to.eql(['Failed']);
    expect(broken.conditions?.[0]).to.include({ reason: 'BackoffLimitExceeded', message: 'too often' });
    expect(broken.completionTime).to.equal(undefined);
  });

  it('says that it is suspended, and that it is no more, once each', () => {
    const said = (spec: Partial<JobSpec>, ...conditions: NonNullable<JobStatus['conditions']>) => {
      const job = sampleJob(spec, { conditions });
      const { status, reason } = suspension({ ...factsFor(spec, []), job }, now) ?? {};
      return status && `${status} ${reason}`;
    };
    expect(said({})).to.equal(undefined);
    expect(said({ suspend: true })).to.equal('True JobSuspended');
    expect(said({ suspend: true }, { type: 'Suspended', status: 'True' })).to.equal(undefined);
    expect(said({}, { type: 'Suspended', status: 'True' })).to.equal('False JobResumed');
    expect(said({ suspend: true }, { type: 'Suspended', status: 'False' })).to.equal('True JobSuspended');
  });
});
