// Which pods a Job creates and removes, and what they look like, case by case.

import { expect } from 'chai';
import {
  addToBackoff,
  type Backoff,
  backoffLeft,
  noBackoff,
} from '../../../hub/controllers/jobs/plan-job-failure.ts';
import { planJobPods, podOfJob } from '../../../hub/controllers/jobs/plan-job-pods.ts';
import type { Job, Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { factsFor, failed, sampleJob, sampleJobPod, succeeded } from './sample-jobs.ts';
import { now } from './sample-sets.ts';

type JobSpec = NonNullable<Job['spec']>;

interface Case {
  about: string;
  spec: Partial<JobSpec>;
  pods?: Live<Pod>[];
  status?: Job['status'];
  backoff?: Backoff;
  /** How many, or their indexes. */
  creates?: number | number[];
  removes?: string[];
  /** Seconds. */
  waits?: number;
}

const indexed = (completions: number, parallelism = completions): Partial<JobSpec> => ({
  completionMode: 'Indexed',
  completions,
  parallelism,
});
const running = (name: string, index: number) => sampleJobPod(name, { index });
const perIndex = { ...indexed(3), backoffLimitPerIndex: 3 };

const cases: Case[] = [
  { about: 'as many as may run at once', spec: { completions: 9, parallelism: 3 }, creates: 3 },
  {
    about: 'no more than are still to succeed',
    spec: { completions: 9, parallelism: 3 },
    status: { succeeded: 7 },
    pods: [sampleJobPod('a')],
    creates: 1,
  },
  { about: 'none where none may run', spec: { completions: 9, parallelism: 0 } },
  {
    about: 'no more than a burst at once',
    spec: { completions: 2000, parallelism: 2000 },
    creates: 500,
  },
  {
    about: 'removes those that are too many, the youngest in their life first',
    spec: { completions: 9, parallelism: 1 },
    pods: [sampleJobPod('a'), sampleJobPod('b', { phase: 'Pending' })],
    removes: ['b'],
  },
  {
    about: 'removes all while it is suspended',
    spec: { completions: 2, parallelism: 2, suspend: true },
    pods: [sampleJobPod('a')],
    removes: ['a'],
  },
  { about: 'a queue of work gets as many as may run', spec: { parallelism: 4 }, creates: 4 },
  {
    about: 'a queue of work gets none once one has succeeded, and keeps those that run',
    spec: { parallelism: 4 },
    pods: [succeeded('a'), sampleJobPod('b'), failed('c')],
  },
  {
    about: 'replaces one that is being deleted at once',
    spec: { completions: 1 },
    pods: [sampleJobPod('a', { isLeaving: true })],
    creates: 1,
  },
  {
    about: 'replaces it when it has failed where it is to',
    spec: { completions: 1, podReplacementPolicy: 'Failed' },
    pods: [sampleJobPod('a', { isLeaving: true })],
  },
  {
    about: 'or where there is a policy about failures',
    spec: { completions: 1, podFailurePolicy: { rules: [] } },
    pods: [sampleJobPod('a', { isLeaving: true })],
  },
  {
    about: 'waits after a failure',
    spec: { completions: 1 },
    backoff: { failures: 2, last: now - 5000 },
    waits: 15,
  },
  {
    about: 'goes on when it has waited',
    spec: { completions: 1 },
    backoff: { failures: 2, last: now - 20_000 },
    creates: 1,
  },
  { about: 'gives out the lowest indexes', spec: indexed(5, 2), creates: [0, 1] },
  {
    about: 'gives out indexes that neither run nor are done',
    spec: indexed(6, 4),
    status: { completedIndexes: '0,3', succeeded: 2 },
    pods: [running('a', 1)],
    creates: [2, 4, 5],
  },
  {
    about: 'keeps one of two with the same index',
    spec: indexed(2),
    pods: [running('a', 0), sampleJobPod('b', { index: 0, phase: 'Pending' }), running('c', 1)],
    removes: ['b'],
  },
  {
    about: 'grows with what it is to complete',
    spec: indexed(4),
    pods: [running('a', 0), running('b', 1)],
    creates: [2, 3],
  },
  {
    about: 'drops the indexes beyond what it is to complete',
    spec: indexed(2),
    pods: [running('a', 0), running('b', 1), running('c', 2), running('d', 3)],
    removes: ['c', 'd'],
  },
  {
    about: 'does not count what has succeeded beyond what it is to complete',
    spec: indexed(2),
    status: { completedIndexes: '0,2,3', succeeded: 3 },
    creates: [1],
  },
  {
    about: 'does not give out the index of one that has yet to fail',
    spec: { ...indexed(2), podReplacementPolicy: 'Failed' },
    pods: [sampleJobPod('a', { index: 0, isLeaving: true })],
    creates: [1],
  },
  {
    about: 'lets only the index that failed wait',
    spec: perIndex,
    pods: [failed('a', { index: 1, ended: 4, failuresBefore: 0 })],
    backoff: { failures: 1, last: now },
    creates: [0, 2],
    waits: 6,
  },
  {
    about: 'lets it wait longer each time',
    spec: perIndex,
    pods: [failed('a', { index: 1, ended: 4, failuresBefore: 1, ignoredBefore: 1 })],
    creates: [0, 2],
    waits: 36,
  },
  {
    about: 'tries no index again that failed too often',
    spec: perIndex,
    status: { failedIndexes: '0' },
    pods: [failed('a', { index: 1, ended: 400, failuresBefore: 3 })],
    creates: [2],
  },
  {
    about: 'replaces the one that knows of most failures',
    spec: perIndex,
    pods: [
      failed('a', { index: 0, ended: 100, failuresBefore: 0 }),
      failed('b', { index: 0, ended: 50, failuresBefore: 1 }),
      running('c', 1),
      running('d', 2),
    ],
    creates: [0],
  },
];

describe('a Job has pods:', () => {
  for (const { about, spec, pods = [], status, backoff = noBackoff, ...wanted } of cases) {
    it(about, () => {
      const { creates = 0, removes = [], waits } = wanted;
      const plan = planJobPods(factsFor(spec, pods, status), backoff, now);
      const indexes = plan.create.map(({ index }) => index);
      expect(Array.isArray(creates) ? indexes : indexes.length).to.eql(creates);
      expect(plan.remove.map(({ metadata }) => metadata.name).sort()).to.eql(removes);
      expect(plan.wait).to.equal(waits === undefined ? undefined : waits * 1000);
    });
  }
});

describe('the backoff of a Job', () => {
  const left = (failures: number, ago = 0) => backoffLeft({ failures, last: now - ago }, now);

  it('doubles from ten seconds to ten minutes', () => {
    expect([1, 2, 3, 6, 7, 100].map((failures) => left(failures))).to.eql([
      10_000, 20_000, 40_000, 320_000, 600_000, 600_000,
    ]);
    expect(left(1, 4000)).to.equal(6000);
    expect(left(1, 40_000)).to.equal(0);
    expect(backoffLeft(noBackoff, now)).to.equal(0);
  });

  it('is over with a success after the failures', () => {
    const before = { failures: 3, last: now - 60_000 };
    expect(addToBackoff(before, [succeeded('a', { ended: 5 })], [], now)).to.eql(noBackoff);
    expect(addToBackoff(before, [succeeded('a', { ended: 5 })], [failed('b', { ended: 2 })], now)).to.eql({
      failures: 1,
      last: now - 2000,
    });
    expect(addToBackoff(before, [succeeded('a', { ended: 5 })], [failed('b', { ended: 9 })], now)).to.eql(
      noBackoff,
    );
    expect(addToBackoff(before, [], [failed('b', { ended: 2 })], now)).to.eql({
      failures: 4,
      last: now - 2000,
    });
  });

  it('does not wait longer for a node whose clock is ahead', () => {
    expect(addToBackoff(noBackoff, [], [failed('a', { ended: -3600 })], now)).to.eql({
      failures: 1,
      last: now,
    });
  });
});

describe('a pod of a Job', () => {
  it('is marked as not counted yet', () => {
    const { metadata, spec } = podOfJob(sampleJob(), {});
    expect(metadata).to.deep.include({
      generateName: 'j-',
      finalizers: ['batch.kubernetes.io/job-tracking'],
    });
    expect(metadata?.ownerReferences?.[0]).to.include({ kind: 'Job', name: 'j', controller: true });
    expect(spec).to.not.have.property('hostname');
  });

  it('knows its index by name, label, annotation, host name and variable', () => {
    const { metadata, spec } = podOfJob(sampleJob(indexed(3)), { index: 2 });
    const index = { 'batch.kubernetes.io/job-completion-index': '2' };
    expect(metadata).to.deep.include({ generateName: 'j-2-', labels: index, annotations: index });
    expect(spec?.hostname).to.equal('j-2');
    const fieldPath = "metadata.labels['batch.kubernetes.io/job-completion-index']";
    expect(spec?.containers[0]?.env).to.eql([
      { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath } } },
    ]);
  });

  it('keeps a variable of that name, and a name that is not too long', () => {
    const env = [{ name: 'JOB_COMPLETION_INDEX', value: 'own' }];
    const template = { spec: { containers: [{ name: 'c', image: 'busybox', env }] } };
    const job = sampleJob({ ...indexed(3), template });
    const named = { ...job, metadata: { ...job.metadata, name: 'x'.repeat(63) } };
    const { metadata, spec } = podOfJob(named, { index: 2 });
    expect(spec?.containers[0]?.env).to.eql(env);
    expect(metadata?.generateName).to.equal(`${'x'.repeat(55)}-2-`);
  });

  it('takes over the failures of the one it replaces', () => {
    const ignored = { action: 'Ignore', onExitCodes: { operator: 'In', values: [7] } };
    const job = sampleJob({ ...perIndex, podFailurePolicy: { rules: [ignored] } });
    const countsAfter = (exitCode: number) =>
      podOfJob(job, {
        index: 0,
        replaces: failed('a', { index: 0, exitCode, failuresBefore: 1, ignoredBefore: 2 }),
      }).metadata?.annotations;
    const [counted, uncounted] = ['failure', 'ignored-failure'].map(
      (what) => `batch.kubernetes.io/job-index-${what}-count`,
    );
    expect(countsAfter(1)).to.include({ [`${counted}`]: '2', [`${uncounted}`]: '2' });
    expect(countsAfter(7)).to.include({ [`${counted}`]: '1', [`${uncounted}`]: '3' });
    expect(podOfJob(job, { index: 0 }).metadata?.annotations).to.include({ [`${counted}`]: '0' });
  });
});
