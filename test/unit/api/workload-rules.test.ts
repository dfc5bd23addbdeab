// What v1.32 says of workloads and the Kinds around them that no recording shows.

import { expect } from 'chai';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';
import { changed } from '../../support/changed.ts';

const apps = '/apis/apps/v1/namespaces/rec';
const autoscalers = '/apis/autoscaling/v2/namespaces/rec/horizontalpodautoscalers';
const budgets = '/apis/policy/v1/namespaces/rec/poddisruptionbudgets';
const leases = '/apis/coordination.k8s.io/v1/namespaces/rec/leases';
const runtimes = '/apis/node.k8s.io/v1/runtimeclasses';
const priorities = '/apis/scheduling.k8s.io/v1/priorityclasses';

const labels = { app: 'a' };
const workload = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    ...spec,
  },
});
const measured = (containerResource: object) => ({
  metadata: { name: 'h' },
  spec: {
    maxReplicas: 2,
    scaleTargetRef: { kind: 'Deployment', name: 'd' },
    metrics: [{ type: 'ContainerResource', containerResource }],
  },
});
const target = { type: 'Utilization', averageUtilization: 50 };
const runtime = (fields: object) => ({ metadata: { name: 'r' }, handler: 'r', ...fields });
const tolerating = (...tolerations: object[]) => runtime({ scheduling: { tolerations } });
const unknown = (field: string) =>
  ['type or fully qualified', 'for containers'].map(
    (what) => `${field}: Invalid value: "nope": must be a standard resource ${what}`,
  );
const label = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`;

const refused: [what: string, path: string, body: object, faults: string[]][] = [
  [
    'a StatefulSet with numbers below zero',
    `${apps}/statefulsets`,
    workload('s', { replicas: -1, minReadySeconds: -1, ordinals: { start: -1 } }),
    ['replicas', 'minReadySeconds', 'ordinals.start'].map(
      (field) => `spec.${field}: Invalid value: -1: must be greater than or equal to 0`,
    ),
  ],
  [
    'a metric of what no container has',
    autoscalers,
    measured({ name: 'nope', container: 'C', target }),
    [
      ...unknown('spec.metrics[0].containerResource.name'),
      `spec.metrics[0].containerResource.container: Invalid value: "C": ${label}`,
    ],
  ],
  [
    'a metric of no container',
    autoscalers,
    measured({ target: {} }),
    [
      'spec.metrics[0].containerResource.name: Required value: must specify a resource name',
      'spec.metrics[0].containerResource.container: Required value: must specify a container',
      'spec.metrics[0].containerResource.target.type: Required value: must specify a metric target type',
      'spec.metrics[0].containerResource.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
      'spec.metrics[0].containerResource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
    ],
  ],
  [
    'a metric of pods that aims below zero',
    autoscalers,
    changed(measured({}), 'spec.metrics', [
      { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '-1' } } },
    ]),
    ['spec.metrics[0].pods.target.averageValue: Invalid value: "-1": must be positive'],
  ],
  [
    'the overhead of what no container has',
    runtimes,
    runtime({ overhead: { podFixed: { nope: '1' } } }),
    unknown('overhead.limits[nope]'),
  ],
  [
    'huge pages alone as overhead',
    runtimes,
    runtime({ overhead: { podFixed: { 'hugepages-2Mi': '2Mi' } } }),
    ['overhead: Forbidden: HugePages require cpu or memory'],
  ],
  [
    'tolerations that differ in their time only',
    runtimes,
    tolerating(
      { key: 'k', operator: 'Exists', effect: 'NoExecute' },
      { key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 3 },
    ),
    ['scheduling.tolerations[1]: Duplicate value: core.Toleration'],
  ],
  [
    'a toleration of nothing',
    runtimes,
    tolerating({ effect: 'NoSchedule' }),
    [
      'scheduling.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
  ],
];

/** An update that does not say which revision it changes. */
const unsaid: [what: string, path: string, body: object][] = [
  ['a PodDisruptionBudget', budgets, { metadata: { name: 'o' }, spec: {} }],
  ['a Lease', leases, { metadata: { name: 'o' }, spec: {} }],
  ['a RuntimeClass', runtimes, changed(runtime({}), 'metadata.name', 'o')],
];

describe('the rules of workloads', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer();
    await server.must('POST', '/api/v1/namespaces', { body: namespace('rec') });
  });
  after(() => server.stop());

  for (const [what, path, body, faults] of refused) {
    it(`refuse ${what}`, async () => {
      const answer = await server.ask('POST', `${path}?dryRun=All`, { body });
      expect(answer.code, answer.body.message).to.equal(422);
      expect(answer.body.message).to.contain(faults.join(', '));
      expect(answer.body.details.causes).to.have.length(faults.length);
    });
  }

  for (const [what, path, body] of unsaid) {
    it(`refuse a change of ${what} without a revision`, async () => {
      const { metadata } = await server.must('POST', path, { body });
      const put = (sent: object) => server.ask('PUT', `${path}/o`, { body: sent });
      const { code, body: status } = await put(body);
      expect(code).to.equal(422);
      expect(status.message).to.contain(
        'metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
      );
      const said = changed(body, 'metadata.resourceVersion', metadata.resourceVersion);
      expect((await put(said)).code).to.equal(200);
    });
  }

  it('let a RuntimeClass be made by an update', async () => {
    const body = changed(runtime({}), 'metadata.name', 'new');
    expect((await server.ask('PUT', `${runtimes}/new`, { body })).code).to.equal(201);
  });

  it('keep a value of a PriorityClass, and say so alone', async () => {
    const body = { metadata: { name: 'p' }, value: 1 };
    await server.must('POST', priorities, { body });
    const answer = await server.ask('PUT', `${priorities}/p`, { body: { ...body, value: 2_000_000_000 } });
    expect(answer.body.message).to.equal(
      'PriorityClass.scheduling.k8s.io "p" is invalid: Value: Forbidden: may not be changed in an update.',
    );
  });

  it('do not forget collisions', async () => {
    const created = await server.must('POST', `${apps}/deployments`, { body: workload('d') });
    const { resourceVersion: _, ...metadata } = created.metadata;
    const write = (status: object) =>
      server.ask('PUT', `${apps}/deployments/d/status`, { body: { ...created, metadata, status } });
    expect((await write({ collisionCount: 2 })).code).to.equal(200);
    expect((await write({})).body.message).to.equal(
      'Deployment.apps "d" is invalid: status.collisionCount: Invalid value: 0: cannot be decremented',
    );
  });

  it('scale only the object whose uid is said', async () => {
    const { metadata } = await server.must('POST', `${apps}/deployments`, { body: workload('scaled') });
    const scale = (uid: string) =>
      server.ask('PUT', `${apps}/deployments/scaled/scale`, {
        body: { metadata: { name: 'scaled', uid }, spec: { replicas: 2 } },
      });
    const { code, body } = await scale('other');
    expect(code).to.equal(409);
    expect(body.message).to.equal(
      `Operation cannot be fulfilled on deployments/scale.apps "scaled": Precondition failed: UID in precondition: other, UID in object meta: ${metadata.uid}`,
    );
    expect((await scale(metadata.uid)).code).to.equal(200);
  });

  it('keep annotations of autoscaling/v1 out of v2', async () => {
    const made = { 'autoscaling.alpha.kubernetes.io/metrics': '[]', own: 'yes' };
    const body = changed(measured({ name: 'cpu', container: 'c', target }), 'metadata.annotations', made);
    const { metadata } = await server.must('POST', `${autoscalers}?dryRun=All`, { body });
    expect(metadata.annotations).to.deep.equal({ own: 'yes' });
  });

  it('evict only the pod that is named', async () => {
    const { spec } = workload('p').spec.template;
    await server.must('POST', '/api/v1/namespaces/rec/pods', { body: { metadata: { name: 'p' }, spec } });
    const evict = (metadata: object) =>
      server.ask('POST', '/api/v1/namespaces/rec/pods/p/eviction?dryRun=All', { body: { metadata } });
    for (const metadata of [{}, { name: 'q' }]) {
      expect((await evict(metadata)).body.message).to.equal(
        'name in URL does not match name in Eviction object',
      );
    }
    expect((await evict({ name: 'p', namespace: 'other' })).body.message).to.equal(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
    expect((await evict({ name: 'p' })).code).to.equal(201);
  });

  it('leave out of a Lease what no gate is open for', async () => {
    const spec = { holderIdentity: 'h', strategy: 'OldestEmulationVersion', preferredHolder: 'p' };
    const lease = await server.must('POST', leases, { body: { metadata: { name: 'l' }, spec } });
    expect(lease.spec).to.deep.equal({ holderIdentity: 'h' });
  });

  it('warn of names that hosts cannot have, and of old labels of nodes', async () => {
    for (const kind of ['deployments', 'replicasets']) {
      const { warnings } = await server.ask('POST', `${apps}/${kind}?dryRun=All`, { body: workload('a.b') });
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.contain('metadata.name: this is used in Pod names and hostnames');
    }
    const body = runtime({ scheduling: { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } } });
    const { warnings } = await server.ask('POST', `${runtimes}?dryRun=All`, { body });
    expect(warnings).to.deep.equal([
      'scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/os" instead',
    ]);
  });
});
