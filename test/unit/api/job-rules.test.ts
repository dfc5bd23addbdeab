// What v1.32 says of Jobs and CronJobs, and of changes of them, that no recording shows.

import { expect } from 'chai';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';
import { changed } from '../../support/changed.ts';

const jobs = '/apis/batch/v1/namespaces/rec/jobs';
const cronJobs = '/apis/batch/v1/namespaces/rec/cronjobs';
const merge = 'application/merge-patch+json';

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
const job = (spec: object = {}, name = 'j') => ({ metadata: { name }, spec: { template, ...spec } });
const cronJob = (spec: object = {}, name = 'c') => ({
  metadata: { name },
  spec: { schedule: '0 * * * *', jobTemplate: { spec: { template } }, ...spec },
});
const indexed = { completionMode: 'Indexed', completions: 5 };
const ruled = (...rules: object[]) => job({ podFailurePolicy: { rules } });
const rewarded = (rule: object) => job({ ...indexed, successPolicy: { rules: [rule] } });
const exits = (onExitCodes: object) => ruled({ action: 'Ignore', onExitCodes });
const many = <T>(count: number, each: T): T[] => new Array(count).fill(each);
const disrupted = { type: 'DisruptionTarget', status: 'True' };
const codes = { operator: 'In', values: [1] };
const rules = 'spec.podFailurePolicy.rules';
const unreadable = (indexes: string, why: string) =>
  `spec.successPolicy.rules[0].succeededIndexes: Invalid value: "${indexes}": error parsing succeededIndexes: ${why}`;
const zone = 'spec.timeZone: Invalid value:';

/** `faults` as the message has them, in its order; none: it is taken. */
const created: [what: string, path: string, body: object, faults: string[]][] = [
  [
    'another completion mode',
    jobs,
    job({ completionMode: 'X', backoffLimitPerIndex: 1 }),
    ['spec.completionMode: Unsupported value: "X": supported values: "NonIndexed", "Indexed"'],
  ],
  [
    'limits of indexes without indexes',
    jobs,
    job({ maxFailedIndexes: 1 }),
    [
      'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
      'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
    ],
  ],
  [
    'very many indexes',
    jobs,
    job({
      ...indexed,
      completions: 200_000,
      parallelism: 20_000,
      backoffLimitPerIndex: 1,
      maxFailedIndexes: 20_000,
    }),
    ['spec.parallelism: Invalid value: 20000', 'spec.maxFailedIndexes: Invalid value: 20000'].map(
      (fault) =>
        `${fault}: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index`,
    ),
  ],
  ['a manager with a domain and a path', jobs, job({ managedBy: 'example.com/queue/a' }), []],
  [
    'a manager that has neither',
    jobs,
    job({ managedBy: 'queue' }),
    ['spec.managedBy: Invalid value: "queue": must be a domain-prefixed path (such as "acme.io/foo")'],
  ],
  [
    'a manager with neither well written, and too long',
    jobs,
    job({ managedBy: `a..b/${'?'.repeat(60)}` }),
    [
      `spec.managedBy: Invalid value: "a..b": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
      `spec.managedBy: Invalid value: "${'?'.repeat(60)}": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')`,
      'spec.managedBy: Too long: may not be more than 63 bytes',
    ],
  ],
  [
    'more rules than there may be, and one that is wrong',
    jobs,
    ruled(...many(21, { action: 'Count', onPodConditions: [disrupted] }), { action: 'Count' }),
    [
      `${rules}: Too many: 22: must have at most 20 items`,
      `${rules}[21]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`,
    ],
  ],
  [
    'a rule of both kinds, each wrong',
    jobs,
    ruled({ action: 'Count', onExitCodes: { values: [1] }, onPodConditions: [{ type: 'a b' }] }),
    [
      `${rules}[0].onExitCodes.operator: Required value: valid values: ["In" "NotIn"]`,
      `${rules}[0].onPodConditions[0].type: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
      `${rules}[0]: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported`,
    ],
  ],
  [
    'exit codes in disorder',
    jobs,
    exits({ operator: 'In', values: [2, 0, 2] }),
    [
      `${rules}[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator`,
      `${rules}[0].onExitCodes.values[2]: Duplicate value: 2`,
      `${rules}[0].onExitCodes.values: Invalid value: [2,0,2]: must be ordered`,
    ],
  ],
  [
    'exit codes of nobody',
    jobs,
    exits({ ...codes, containerName: 'x' }),
    [
      `${rules}[0].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template`,
    ],
  ],
  [
    'indexes that cannot be read',
    jobs,
    rewarded({ succeededIndexes: '8-x', succeededCount: 1 }),
    [
      unreadable('8-x', 'too large index: "8"'),
      'spec.successPolicy.rules[0].succeededCount: Invalid value: 1: must be less than or equal to 0 (the number of indexes in the specified succeededIndexes field)',
    ],
  ],
  ...[
    ['1-3, 4', 'cannot convert string to integer for index: " 4"'],
    ['1-3,0', 'non-increasing order, previous: 3, current: 0'],
    ['0,1-1', 'non-increasing order, previous: 1, current: 1'],
    ['-1', 'cannot convert string to integer for index: ""'],
    [
      '0,1--3',
      'the fragment "1--3" violates the requirement that an index interval can have at most two parts separated by \'-\'',
    ],
  ].map(([indexes = '', why = '']): (typeof created)[number] => [
    `the indexes ${indexes}`,
    jobs,
    rewarded({ succeededIndexes: indexes }),
    [unreadable(indexes, why)],
  ]),
  [
    'a long name and an older way to name a zone',
    cronJobs,
    cronJob({ schedule: 'TZ=UTC 0 * * * *' }, 'c'.repeat(53)),
    [
      'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      `metadata.name: Invalid value: "${'c'.repeat(53)}": must be no more than 52 characters`,
    ],
  ],
  [
    'a zone in the schedule that there is not',
    cronJobs,
    cronJob({ schedule: 'TZ=X/Y 0 * * * *' }),
    [
      'spec.schedule: Invalid value: "TZ=X/Y 0 * * * *": provided bad location X/Y: unknown time zone X/Y',
      'spec.schedule: Invalid value: "TZ=X/Y 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
  ],
  ['an older name of a zone', cronJobs, cronJob({ timeZone: 'US/Pacific' }), []],
  ...['america/new_york', 'us/pacific', '+01:00', 'GMT+1', 'America/New York', 'Nowhere'].map(
    (name): (typeof created)[number] => [
      `the zone ${name}`,
      cronJobs,
      cronJob({ timeZone: name }),
      [`${zone} "${name}": unknown time zone ${name}`],
    ],
  ),
  [
    'the zone of where it runs',
    cronJobs,
    cronJob({ timeZone: 'local' }),
    [
      `${zone} "local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones`,
      `${zone} "local": unknown time zone local`,
    ],
  ],
  [
    'a rule that leaves out what a condition has to be',
    cronJobs,
    cronJob({
      jobTemplate: { spec: ruled({ action: 'Count', onPodConditions: [{ type: 'DisruptionTarget' }] }).spec },
    }),
    [],
  ],
];

const suspended = job({ suspend: true });
const big = { ...indexed, parallelism: 2 };
const affinity = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }],
    },
  },
};

/** A merge patch, and what is said of it. */
const updated: [what: string, path: string, body: object, patch: object, faults: string[]][] = [
  ['as many indexes as pods at once', jobs, job(big), { spec: { completions: 3, parallelism: 3 } }, []],
  [
    'another number of indexes than of pods',
    jobs,
    job(big),
    { spec: { completions: 3 } },
    ['spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism'],
  ],
  [
    'no number of indexes',
    jobs,
    job(big),
    { spec: { completions: null } },
    ['spec.completions: Required value: when completion mode is Indexed'],
  ],
  [
    'where its pods go, before it starts',
    jobs,
    suspended,
    { spec: { template: { spec: { affinity } } } },
    [],
  ],
  [
    'what its pods are, before it starts',
    jobs,
    suspended,
    { spec: { template: { spec: { hostNetwork: true } } } },
    ['spec.template'],
  ],
  [
    'a zone in the schedule that had none',
    cronJobs,
    cronJob(),
    { spec: { schedule: 'TZ=UTC 0 * * * *' } },
    [
      'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
  ],
];

const messageOf = (body: { message: string }) =>
  body.message.replace(/^.*? is invalid: /, '').replace(/^\[(.*)\]$/s, '$1');

describe('of a Job or a CronJob', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer();
    await server.must('POST', '/api/v1/namespaces', { body: namespace('rec') });
  });
  after(() => server.stop());

  for (const [what, path, body, faults] of created) {
    it(`${what} is ${faults.length > 0 ? 'refused' : 'taken'}`, async () => {
      const answer = await server.ask('POST', `${path}?dryRun=All`, { body });
      expect(answer.code, answer.body.message).to.equal(faults.length > 0 ? 422 : 201);
      if (faults.length > 0) expect(messageOf(answer.body)).to.equal(faults.join(', '));
    });
  }

  for (const [position, [what, path, body, patch, faults]] of updated.entries()) {
    it(`a change to ${what} is ${faults.length > 0 ? 'refused' : 'taken'}`, async () => {
      const name = `u${position}`;
      await server.must('POST', path, { body: changed(body, 'metadata.name', name) });
      const answer = await server.ask('PATCH', `${path}/${name}`, { body: patch, contentType: merge });
      expect(answer.code, answer.body.message).to.equal(faults.length > 0 ? 422 : 200);
      const [fault = ''] = faults;
      if (fault.includes(': ')) expect(messageOf(answer.body)).to.equal(faults.join(', '));
      else if (fault) expect(answer.body.details.causes[0].field).to.equal(fault);
    });
  }

  it('what a condition has to be is filled in, in a CronJob too', async () => {
    const rule = { action: 'Count', onPodConditions: [{ type: 'DisruptionTarget' }] };
    const body = cronJob({ jobTemplate: { spec: ruled(rule).spec } });
    const { spec } = await server.must('POST', `${cronJobs}?dryRun=All`, { body });
    expect(spec.jobTemplate.spec.podFailurePolicy.rules[0].onPodConditions).to.deep.equal([disrupted]);
  });
});
