// Whether a Job is to end, case by case.

import { expect } from 'chai';
import { completionOf, untilJobDeadline, verdictOf } from '../../../hub/controllers/jobs/plan-job-end.ts';
import type { Job, Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { factsFor, failed, sampleJob, sampleJobPod, succeeded } from './sample-jobs.ts';
import { now, secondsAgo } from './sample-sets.ts';

type JobSpec = NonNullable<Job['spec']>;

interface Case {
  about: string;
  spec: Partial<JobSpec>;
  pods?: Live<Pod>[];
  status?: Job['status'];
  /** `type reason`, and the message where it tells more. */
  ends?: string;
  message?: string;
}

const indexed = (completions: number): Partial<JobSpec> => ({
  completionMode: 'Indexed',
  completions,
  parallelism: completions,
});
const onFailure = (backoffLimit: number): Partial<JobSpec> => ({
  backoffLimit,
  template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'busybox' }] } },
});
const exits = (action: string, operator: string, values: number[], containerName?: string) => ({
  action,
  onExitCodes: { operator, values, ...(containerName && { containerName }) },
});
const policy = (...rules: NonNullable<JobSpec['podFailurePolicy']>['rules']): Partial<JobSpec> => ({
  podFailurePolicy: { rules },
});
const disrupted = { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] };

const cases: Case[] = [
  { about: 'not while its pods run', spec: { completions: 1 }, pods: [sampleJobPod('a')] },
  { about: 'not at its limit of failures', spec: { backoffLimit: 1 }, pods: [failed('a')] },
  {
    about: 'beyond its limit of failures, those before included',
    spec: { backoffLimit: 1 },
    pods: [failed('a')],
    status: { failed: 1 },
    ends: 'FailureTarget BackoffLimitExceeded',
    message: 'Job has reached the specified backoff limit',
  },
  {
    about: 'not because of a failure that is named and counted already',
    spec: { backoffLimit: 1 },
    pods: [failed('a'), failed('b', { isReleased: true })],
    status: { uncountedTerminatedPods: { failed: ['uid-a'] } },
  },
  {
    about: 'when containers were restarted as often as pods may fail',
    spec: onFailure(2),
    pods: [sampleJobPod('a', { restarts: 1 }), sampleJobPod('b', { restarts: 1 })],
    ends: 'FailureTarget BackoffLimitExceeded',
  },
  { about: 'not by fewer restarts', spec: onFailure(2), pods: [sampleJobPod('a', { restarts: 1 })] },
  { about: 'not without any restart', spec: onFailure(0), pods: [sampleJobPod('a')] },
  {
    about: 'at the first restart where none may fail',
    spec: onFailure(0),
    pods: [sampleJobPod('a', { restarts: 1 })],
    ends: 'FailureTarget BackoffLimitExceeded',
  },
  {
    about: 'not by restarts where pods fail instead',
    spec: { backoffLimit: 0 },
    pods: [sampleJobPod('a', { restarts: 5 })],
  },
  {
    about: 'at its deadline',
    spec: { activeDeadlineSeconds: 60 },
    pods: [sampleJobPod('a')],
    status: { startTime: secondsAgo(60) },
    ends: 'FailureTarget DeadlineExceeded',
    message: 'Job was active longer than specified deadline',
  },
  {
    about: 'not before',
    spec: { activeDeadlineSeconds: 61 },
    pods: [sampleJobPod('a')],
    status: { startTime: secondsAgo(60) },
  },
  {
    about: 'at no deadline while it is suspended',
    spec: { activeDeadlineSeconds: 60, suspend: true },
    status: { startTime: secondsAgo(600) },
  },
  {
    about: 'by an exit code that its policy names',
    spec: policy(exits('FailJob', 'In', [3, 42])),
    pods: [failed('a', { exitCode: 42 })],
    ends: 'FailureTarget PodFailurePolicy',
    message: 'Container c for pod default/a failed with exit code 42 matching FailJob rule at index 0',
  },
  {
    about: 'by an exit code that its policy does not except',
    spec: policy(exits('FailJob', 'NotIn', [3])),
    pods: [failed('a', { exitCode: 4 })],
    ends: 'FailureTarget PodFailurePolicy',
  },
  {
    about: 'not by one that it excepts',
    spec: policy(exits('FailJob', 'NotIn', [3])),
    pods: [failed('a', { exitCode: 3 })],
  },
  {
    about: 'not by success, whatever is excepted',
    spec: policy(exits('FailJob', 'NotIn', [3])),
    pods: [succeeded('a')],
  },
  {
    about: 'not by another container than the one that is named',
    spec: policy(exits('FailJob', 'In', [1], 'side')),
    pods: [failed('a')],
  },
  {
    about: 'by the first rule that fits',
    spec: policy(disrupted, exits('FailJob', 'In', [1])),
    pods: [failed('a', { condition: 'DisruptionTarget' })],
  },
  {
    about: 'by a condition of its pod',
    spec: policy({ action: 'FailJob', onPodConditions: [{ type: 'ConfigIssue', status: 'True' }] }),
    pods: [failed('a', { condition: 'ConfigIssue' })],
    ends: 'FailureTarget PodFailurePolicy',
    message: 'Pod default/a has condition ConfigIssue matching FailJob rule at index 0',
  },
  {
    about: 'not by failures that its policy ignores',
    spec: { ...policy(disrupted), backoffLimit: 0 },
    pods: [failed('a', { condition: 'DisruptionTarget' })],
  },
  {
    about: 'by others that it counts',
    spec: { ...policy(exits('Count', 'In', [1])), backoffLimit: 0 },
    pods: [failed('a')],
    ends: 'FailureTarget BackoffLimitExceeded',
  },
  {
    about: 'not while an index may be tried again',
    spec: { ...indexed(2), backoffLimitPerIndex: 1, backoffLimit: 2 ** 31 - 1 },
    pods: [failed('a', { index: 0, failuresBefore: 0 }), succeeded('b', { index: 1 })],
  },
  {
    about: 'when the other indexes have succeeded and one failed too often',
    spec: { ...indexed(2), backoffLimitPerIndex: 1, backoffLimit: 2 ** 31 - 1 },
    pods: [failed('a', { index: 0, failuresBefore: 1 }), succeeded('b', { index: 1 })],
    ends: 'FailureTarget FailedIndexes',
    message: 'Job has failed indexes',
  },
  {
    about: 'not while other indexes run',
    spec: { ...indexed(2), backoffLimitPerIndex: 0, backoffLimit: 2 ** 31 - 1 },
    pods: [failed('a', { index: 0 }), sampleJobPod('b', { index: 1 })],
  },
  {
    about: 'when too many indexes have failed, those before included',
    spec: { ...indexed(4), backoffLimitPerIndex: 0, backoffLimit: 2 ** 31 - 1, maxFailedIndexes: 1 },
    pods: [failed('a', { index: 0 }), sampleJobPod('b', { index: 1 })],
    status: { failedIndexes: '3' },
    ends: 'FailureTarget MaxFailedIndexesExceeded',
    message: 'Job has exceeded the specified maximal number of failed indexes',
  },
  {
    about: 'not with as many failed indexes as there may be',
    spec: { ...indexed(4), backoffLimitPerIndex: 0, backoffLimit: 2 ** 31 - 1, maxFailedIndexes: 1 },
    pods: [failed('a', { index: 0 }), sampleJobPod('b', { index: 1 })],
  },
  {
    about: 'with an index that its policy gives up at once',
    spec: {
      ...indexed(1),
      ...policy(exits('FailIndex', 'In', [9])),
      backoffLimitPerIndex: 5,
      backoffLimit: 2 ** 31 - 1,
    },
    pods: [failed('a', { index: 0, exitCode: 9, failuresBefore: 0 })],
    ends: 'FailureTarget FailedIndexes',
  },
  {
    about: 'when the indexes that matter have succeeded',
    spec: { ...indexed(5), successPolicy: { rules: [{ succeededCount: 4 }, { succeededIndexes: '0,2-3' }] } },
    pods: [succeeded('a', { index: 0 }), sampleJobPod('b', { index: 1 })],
    status: { completedIndexes: '2,3', succeeded: 2 },
    ends: 'SuccessCriteriaMet SuccessPolicy',
    message: 'Matched rules at index 1',
  },
  {
    about: 'when enough of the indexes that matter have succeeded',
    spec: { ...indexed(5), successPolicy: { rules: [{ succeededIndexes: '0-2', succeededCount: 2 }] } },
    pods: [],
    status: { completedIndexes: '0,2,4', succeeded: 3 },
    ends: 'SuccessCriteriaMet SuccessPolicy',
  },
  {
    about: 'not by the success of others',
    spec: { ...indexed(5), successPolicy: { rules: [{ succeededIndexes: '0-2', succeededCount: 2 }] } },
    pods: [],
    status: { completedIndexes: '0,3,4', succeeded: 3 },
  },
  {
    about: 'in failure rather than success where both are due',
    spec: { ...indexed(2), backoffLimit: 0, successPolicy: { rules: [{ succeededCount: 1 }] } },
    pods: [succeeded('a', { index: 0 }), failed('b', { index: 1 })],
    ends: 'FailureTarget BackoffLimitExceeded',
  },
  {
    about: 'as it was said before, whatever has come since',
    spec: { ...indexed(2), backoffLimit: 0 },
    pods: [failed('b', { index: 1 })],
    status: {
      conditions: [{ type: 'SuccessCriteriaMet', status: 'True', reason: 'SuccessPolicy', message: 'm' }],
    },
    ends: 'SuccessCriteriaMet SuccessPolicy',
  },
];

describe('a Job ends', () => {
  for (const { about, spec, pods = [], status, ends, message } of cases) {
    it(about, () => {
      const verdict = verdictOf(factsFor(spec, pods, status), now);
      expect(verdict && `${verdict.type} ${verdict.reason}`).to.equal(ends);
      if (message) expect(verdict?.message).to.equal(message);
    });
  }

  it('when enough pods have succeeded and none runs', () => {
    const isComplete = (spec: Partial<JobSpec>, ...pods: Live<Pod>[]) =>
      completionOf(factsFor(spec, pods)) !== undefined;
    expect(isComplete({ completions: 2 }, succeeded('a'))).to.equal(false);
    expect(isComplete({ completions: 2 }, succeeded('a'), succeeded('b'))).to.equal(true);
    expect(isComplete({ completions: 1 }, succeeded('a'), sampleJobPod('b'))).to.equal(false);
    expect(isComplete({ completions: 0 })).to.equal(true);
    expect(
      isComplete({ ...indexed(2) }, succeeded('a', { index: 0 }), succeeded('b', { index: 0 })),
    ).to.equal(false);
  });

  it('as a queue of work when one pod has seen its end and all have ended', () => {
    const queue = (...pods: Live<Pod>[]) => completionOf(factsFor({ parallelism: 3 }, pods));
    expect(queue()).to.equal(undefined);
    expect(queue(failed('a'))).to.equal(undefined);
    expect(queue(succeeded('a'), sampleJobPod('b'))).to.equal(undefined);
    expect(queue(succeeded('a'), failed('b'))?.reason).to.equal('CompletionsReached');
  });

  it('knows how long it may still run', () => {
    const left = (spec: Partial<JobSpec>, status: Job['status']) =>
      untilJobDeadline(sampleJob(spec, status), now);
    expect(left({ activeDeadlineSeconds: 60 }, { startTime: secondsAgo(20) })).to.equal(40_000);
    expect(left({ activeDeadlineSeconds: 60 }, {})).to.equal(undefined);
    expect(left({}, { startTime: secondsAgo(20) })).to.equal(undefined);
  });
});
