// What the status of a Job may become, whoever writes it: as v1.32, where its gate JobManagedBy is on.

import { expect } from 'chai';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';

const jobs = '/apis/batch/v1/namespaces/rec/jobs';
const at = '2026-01-01T00:00:00Z';
const later = '2026-01-01T00:01:00Z';

const plain = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } };
const five = { ...plain, completionMode: 'Indexed', completions: 5, parallelism: 2 };
const limited = { ...five, backoffLimitPerIndex: 1 };
const judged = { ...five, successPolicy: { rules: [{ succeededCount: 1 }] } };

const types = (...list: string[]) => ({ conditions: list.map((type) => ({ type, status: 'True' })) });
const complete = { ...types('SuccessCriteriaMet', 'Complete'), startTime: at, completionTime: at };
const failed = { ...types('FailureTarget', 'Failed'), startTime: at };
const conditions = (detail: string) => [`status.conditions: Invalid value: ${detail}`];

/** `before` is written step by step; `faults` as the message has them, none: it is taken. */
const cases: [what: string, spec: object, before: object[], after: object, faults: string[]][] = [
  ['nothing new', plain, [], { active: 1, ready: 1 }, []],
  ['its success', plain, [], complete, []],
  ['its failure', plain, [], failed, []],
  [
    'both',
    plain,
    [],
    { ...complete, ...types('Complete', 'Failed') },
    [
      ...conditions('cannot set Complete=True and Failed=true conditions'),
      ...conditions('cannot set Failed=True condition without the FailureTarget=true condition'),
      ...conditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'),
    ],
  ],
  [
    'success that is meant to be failure',
    plain,
    [],
    { ...complete, ...types('SuccessCriteriaMet', 'Complete', 'FailureTarget') },
    [
      ...conditions('cannot set Complete=True and FailureTarget=true conditions'),
      ...conditions('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'),
    ],
  ],
  [
    'an end without success',
    plain,
    [],
    { completionTime: at },
    [
      `status.completionTime: Invalid value: "${at}": cannot set completionTime when there is no Complete=True condition`,
    ],
  ],
  [
    'success at no time',
    plain,
    [],
    types('SuccessCriteriaMet', 'Complete'),
    [
      'status.completionTime: Required value: completionTime is required for Complete jobs',
      'status.startTime: Required value: startTime is required for finished job',
    ],
  ],
  [
    'an end before the start',
    plain,
    [],
    { ...complete, startTime: later },
    [`status.completionTime: Invalid value: "${at}": completionTime cannot be set before startTime`],
  ],
  [
    'an end while pods run, end and are not counted',
    plain,
    [],
    { ...failed, active: 1, terminating: 1, uncountedTerminatedPods: { failed: ['a'] } },
    [
      'status.active: Invalid value: 1: active>0 is invalid for finished job',
      'status.uncountedTerminatedPods: Invalid value: {"failed":["a"]}: uncountedTerminatedPods needs to be empty for finished job',
      'status.terminating: Invalid value: 1: terminating>0 is invalid for finished job',
    ],
  ],
  [
    'more pods that are ready than run',
    plain,
    [],
    { active: 1, ready: 2 },
    ['status.ready: Invalid value: 2: cannot set more ready pods than active'],
  ],
  [
    'indexes without indexes',
    plain,
    [],
    { completedIndexes: '0', failedIndexes: '0' },
    [
      'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
      'status.failedIndexes: Invalid value: "0": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
      'status.failedIndexes: Invalid value: "0": failedIndexes and completedIndexes overlap at index: 0',
    ],
  ],
  [
    'indexes that cannot be read',
    limited,
    [],
    { completedIndexes: '1,x', failedIndexes: '9' },
    [
      'status.completedIndexes: Invalid value: "1,x": error parsing completedIndexes: cannot convert string to integer for index: "x"',
      'status.failedIndexes: Invalid value: "9": error parsing failedIndexes: too large index: "9"',
    ],
  ],
  [
    'an index that has failed and succeeded',
    limited,
    [],
    { completedIndexes: '0,2-4', failedIndexes: '1,3' },
    ['status.failedIndexes: Invalid value: "1,3": failedIndexes and completedIndexes overlap at index: 3'],
  ],
  [
    'success that its policy does not see',
    judged,
    [],
    { ...complete, ...types('Complete') },
    [
      ...conditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'),
      ...conditions('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'),
    ],
  ],
  [
    'success that is taken back',
    plain,
    [complete],
    { startTime: at },
    [
      ...conditions('cannot disable the terminal Complete=True condition'),
      ...conditions('cannot disable the SuccessCriteriaMet=True condition'),
    ],
  ],
  [
    'failure that is taken back',
    plain,
    [failed],
    { startTime: at },
    [
      ...conditions('cannot disable the terminal Failed=True condition'),
      ...conditions('cannot disable the terminal FailureTarget=True condition'),
    ],
  ],
  [
    'another time of its end',
    plain,
    [complete],
    { ...complete, completionTime: later },
    [`status.completionTime: Invalid value: "${later}": completionTime cannot be mutated`],
  ],
  [
    'lower counts',
    plain,
    [{ failed: 2, succeeded: 2 }],
    { failed: 1 },
    [
      'status.failed: Invalid value: 1: cannot decrease the failed counter',
      'status.succeeded: Invalid value: 0: cannot decrease the succeeded counter',
    ],
  ],
  [
    'a lower count of what can be scaled down',
    { ...five, parallelism: 5 },
    [{ succeeded: 5, completedIndexes: '0-4' }],
    { succeeded: 2, completedIndexes: '0-1' },
    [],
  ],
  [
    'another start',
    plain,
    [{ startTime: at }],
    { startTime: later },
    ['status.startTime: Required value: startTime cannot be removed for unsuspended job'],
  ],
  ['no start while it is suspended', { ...plain, suspend: true }, [{ startTime: at }], {}, []],
  [
    'another start when it is resumed',
    plain,
    [{ startTime: at, ...types('Suspended') }],
    { startTime: later },
    [],
  ],
  [
    'pods that are named twice, or not at all',
    plain,
    [],
    { uncountedTerminatedPods: { succeeded: ['a'], failed: ['a', ''] } },
    [
      'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
      'status.uncountedTerminatedPods.failed[1]: Invalid value: "": must not be empty',
    ],
  ],
];

describe('the status of a Job', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer();
    await server.must('POST', '/api/v1/namespaces', { body: namespace('rec') });
  });
  after(() => server.stop());

  for (const [position, [what, spec, before, after, faults]] of cases.entries()) {
    it(`${faults.length > 0 ? 'refuses' : 'takes'} ${what}`, async () => {
      const name = `j${position}`;
      const job = await server.must('POST', jobs, { body: { metadata: { name }, spec } });
      const { resourceVersion: _, ...metadata } = job.metadata;
      const write = (status: object) =>
        server.ask('PUT', `${jobs}/${name}/status`, { body: { ...job, metadata, status } });
      for (const status of before) expect((await write(status)).code).to.equal(200);
      const { code, body } = await write(after);
      expect(code, body.message).to.equal(faults.length > 0 ? 422 : 200);
      const message = faults.length > 1 ? `[${faults.join(', ')}]` : faults[0];
      if (message) expect(body.message).to.equal(`Job.batch "${name}" is invalid: ${message}`);
    });
  }
});
