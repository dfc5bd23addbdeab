// Jobs and their pods for the tables of cases.

import { factsOf, type JobFacts } from '../../../hub/controllers/jobs/job-facts.ts';
import {
  completionIndex,
  failureCount,
  ignoredFailureCount,
  trackingFinalizer,
} from '../../../hub/controllers/jobs/job-pods.ts';
import type { Job, Pod } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';
import { secondsAgo } from './sample-sets.ts';

type JobSpec = NonNullable<Job['spec']>;

export function sampleJob(spec: Partial<JobSpec> = {}, status: Job['status'] = {}): Live<Job> {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'j',
      namespace: 'default',
      uid: 'uid-j',
      resourceVersion: '1',
      creationTimestamp: secondsAgo(1000),
    },
    spec: {
      parallelism: 1,
      backoffLimit: 6,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } },
      ...spec,
    },
    status,
  };
}

export interface SampleJobPod {
  /** Default: Running. */
  phase?: string;
  index?: number;
  /** Of its container c, which has ended then. */
  exitCode?: number;
  /** Seconds since its container ended. */
  ended?: number;
  restarts?: number;
  condition?: string;
  isLeaving?: boolean;
  /** It has been counted already. */
  isReleased?: boolean;
  failuresBefore?: number;
  ignoredBefore?: number;
}

export function sampleJobPod(name: string, options: SampleJobPod = {}): Live<Pod> {
  const { phase = 'Running', index, exitCode, ended = 0, restarts = 0, condition } = options;
  const annotations = {
    ...(index !== undefined && { [completionIndex]: `${index}` }),
    ...(options.failuresBefore !== undefined && { [failureCount]: `${options.failuresBefore}` }),
    ...(options.ignoredBefore !== undefined && { [ignoredFailureCount]: `${options.ignoredBefore}` }),
  };
  const terminated = exitCode !== undefined && { exitCode, finishedAt: secondsAgo(ended) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: secondsAgo(500),
      annotations,
      ...(!options.isReleased && { finalizers: [trackingFinalizer] }),
      ...(options.isLeaving && { deletionTimestamp: secondsAgo(1) }),
    },
    spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] },
    status: {
      phase,
      ...(condition && { conditions: [{ type: condition, status: 'True' }] }),
      containerStatuses: [
        {
          name: 'c',
          image: 'busybox',
          imageID: '',
          ready: phase === 'Running',
          restartCount: restarts,
          ...(terminated && { state: { terminated } }),
        },
      ],
    },
  };
}

export const succeeded = (name: string, options: SampleJobPod = {}) =>
  sampleJobPod(name, { phase: 'Succeeded', exitCode: 0, ...options });
export const failed = (name: string, options: SampleJobPod = {}) =>
  sampleJobPod(name, { phase: 'Failed', exitCode: 1, ...options });

export function factsFor(spec: Partial<JobSpec>, pods: Live<Pod>[], status: Job['status'] = {}): JobFacts {
  return factsOf(sampleJob(spec, status), pods);
}
