// ValidatingAdmissionPolicy, as Kubernetes' documentation shows it.

import { expect } from 'chai';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import { type ApiServerFixture, startApiServer } from '../../support/apiserver.ts';

const group = '/apis/admissionregistration.k8s.io/v1';
const apiVersion = 'admissionregistration.k8s.io/v1';
const apply = 'fieldManager=kubectl&force=true';
const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'] };

describe('a ValidatingAdmissionPolicy', () => {
  let server: ApiServerFixture;

  beforeEach(async () => {
    server = await startApiServer({ admission: createAdmission });
    for (const [name, environment] of [
      ['default', 'test'],
      ['live', 'prod'],
    ])
      await server.must('POST', '/api/v1/namespaces', {
        body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { environment } } },
      });
  });

  afterEach(() => server.stop());

  async function applied(resource: string, object: { metadata: { name: string } }) {
    const path = `${group}/${resource}/${object.metadata.name}?${apply}`;
    await server.must('PATCH', path, { contentType: 'application/apply-patch+yaml', body: object });
  }

  const policy = (spec: object) =>
    applied('validatingadmissionpolicies', {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicy' },
      metadata: { name: 'demo-policy.example.com' },
      ...{
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: {
            resourceRules: [{ ...rule, resources: ['deployments'] }],
          },
          ...spec,
        },
      },
    });

  const bind = (spec: object) =>
    applied('validatingadmissionpolicybindings', {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding' },
      metadata: { name: 'demo-binding-test.example.com' },
      ...{ spec: { policyName: 'demo-policy.example.com', validationActions: ['Deny'], ...spec } },
    });

  const deploy = (name: string, replicas: number, namespace = 'default') =>
    server.ask('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      body: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name },
        spec: {
          replicas,
          selector: { matchLabels: { app: 'a' } },
          template: {
            metadata: { labels: { app: 'a' } },
            spec: { containers: [{ name: 'c', image: 'nginx' }] },
          },
        },
      },
    });

  it('of everything is of no review, and of what is asked of pods', async () => {
    const rules = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] }];
    await policy({
      matchConstraints: { resourceRules: rules },
      validations: [{ expression: 'false', message: 'nothing at all' }],
    });
    await bind({});
    const reviews = {
      'authentication.k8s.io/v1/selfsubjectreviews': {},
      'authentication.k8s.io/v1/tokenreviews': { spec: { token: 't' } },
      'authorization.k8s.io/v1/selfsubjectaccessreviews': { spec: { nonResourceAttributes: { path: '/' } } },
      'authorization.k8s.io/v1/selfsubjectrulesreviews': { spec: { namespace: 'default' } },
    };
    for (const [path, body] of Object.entries(reviews))
      expect((await server.ask('POST', `/apis/${path}`, { body })).code, path).to.equal(201);
    const body = { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } };
    const binding = await server.ask('POST', '/api/v1/namespaces/default/bindings', { body });
    expect(binding.body.message).to.contain('bindings "p" is forbidden').and.to.contain('nothing at all');
  });

  const why = (text: string) =>
    `deployments.apps "many" is forbidden: ValidatingAdmissionPolicy 'demo-policy.example.com' with binding 'demo-binding-test.example.com' denied request: ${text}`;
  const few = { expression: 'object.spec.replicas <= 5' };

  it('refuses what its expressions are against, where it is bound', async () => {
    await policy({ validations: [few] });
    expect((await deploy('unbound', 6)).code).to.equal(201);
    await bind({ matchResources: { namespaceSelector: { matchLabels: { environment: 'test' } } } });
    expect((await deploy('few', 5)).code).to.equal(201);
    expect((await deploy('many', 6, 'live')).code).to.equal(201);
    const { code, body } = await deploy('many', 6);
    expect(code).to.equal(422);
    expect(body.reason).to.equal('Invalid');
    expect(body.message).to.equal(why('failed expression: object.spec.replicas <= 5'));
  });

  it('takes its limits from parameters, and words from expressions', async () => {
    await policy({
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      variables: [{ name: 'most', expression: 'int(params.data.most)' }],
      matchConditions: [{ name: 'not-free', expression: "request.name != 'free'" }],
      validations: [
        {
          expression: 'object.spec.replicas <= variables.most',
          messageExpression: "'at most ' + string(variables.most) + ' in ' + namespaceObject.metadata.name",
          reason: 'Forbidden',
        },
      ],
    });
    await bind({ paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } });
    const unset = 'no params found for policy binding with `Deny` parameterNotFoundAction';
    expect((await deploy('many', 4)).body.message).to.equal(why(`failed to configure binding: ${unset}`));
    await server.must('POST', '/api/v1/namespaces/default/configmaps', {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'limits' }, data: { most: '3' } },
    });
    const { code, body } = await deploy('many', 4);
    expect(code).to.equal(403);
    expect(body.message).to.equal(why('at most 3 in default'));
    expect((await deploy('free', 4)).code).to.equal(201);
    expect((await deploy('few', 3)).code).to.equal(201);
  });

  it('warns where its binding only wants that', async () => {
    await policy({ validations: [{ ...few, message: 'too many' }] });
    await bind({ validationActions: ['Warn'] });
    const { code, warnings } = await deploy('many', 6);
    expect(code).to.equal(201);
    expect(warnings).to.deep.equal([
      "Validation failed for ValidatingAdmissionPolicy 'demo-policy.example.com' with binding 'demo-binding-test.example.com': too many",
    ]);
  });

  it('fails as its failurePolicy says', async () => {
    const broken = 'object.spec.nothing == 1';
    await policy({ validations: [{ expression: broken }] });
    await bind({});
    expect((await deploy('many', 1)).body.message).to.contain(`expression '${broken}' resulted in error: `);
    await policy({ failurePolicy: 'Ignore', validations: [{ expression: broken }] });
    expect((await deploy('many', 1)).code).to.equal(201);
  });

  it('knows only the variables that were declared before', async () => {
    const place = (name: string) => `${group}/validatingadmissionpolicies/${name}?${apply}`;
    const spec = {
      matchConstraints: { resourceRules: [{ ...rule, resources: ['deployments'] }] },
      variables: [
        { name: 'early', expression: 'variables.late' },
        { name: 'late', expression: '1' },
      ],
      validations: [{ expression: 'variables.late == 1 && variables.none == 1' }],
    };
    const { code, body } = await server.ask('PATCH', place('order'), {
      contentType: 'application/apply-patch+yaml',
      body: { apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name: 'order' }, spec },
    });
    expect(code).to.equal(422);
    const told = body.details.causes.map(({ field, message }: Record<string, string>) => [
      field,
      /ERROR: .*/.exec(message ?? '')?.[0],
    ]);
    expect(told).to.deep.equal([
      ['spec.variables[0].expression', "ERROR: <input>:1:10: undefined field 'late'"],
      ['spec.validations[0].expression', "ERROR: <input>:1:33: undefined field 'none'"],
    ]);
  });

  it('works out a variable when it is named, and once', async () => {
    const variables = [
      { name: 'small', expression: 'object.spec.replicas < 3' },
      { name: 'broken', expression: 'object.spec.nothing.more' },
      { name: 'through', expression: 'variables.broken + 1' },
      { name: 'costly', expression: `${'[0,1,2,3,4,5,6,7,8,9].all(a, '.repeat(7)}true${')'.repeat(7)}` },
      {
        name: 'may',
        expression: "authorizer.group('').resource('pods').namespace('default').check('create').allowed()",
      },
    ];
    await policy({
      variables,
      validations: [
        { expression: 'variables.small || variables.through > 1' },
        { expression: 'variables.may && variables.may' },
      ],
    });
    await bind({});
    expect((await deploy('few', 2)).code).to.equal(201);
    const { code, body } = await deploy('many', 4);
    expect(code).to.equal(422);
    expect(body.message).to.contain(
      'composited variable "through" fails to evaluate: composited variable "broken" fails to evaluate: no such key: nothing',
    );
  });

  it('looks at writes through the version that it names', async () => {
    const rule = {
      apiGroups: ['autoscaling'],
      apiVersions: ['v2'],
      operations: ['CREATE'],
      resources: ['*'],
    };
    await policy({
      matchConstraints: { resourceRules: [rule] },
      validations: [
        {
          expression: 'object.spec.metrics.all(m, m.resource.target.averageUtilization > 60)',
          message: 'no',
        },
      ],
    });
    await bind({});
    const create = (name: string, cpu: number) =>
      server.ask('POST', '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers', {
        body: {
          metadata: { name },
          spec: {
            maxReplicas: 3,
            targetCPUUtilizationPercentage: cpu,
            scaleTargetRef: { kind: 'Deployment', name: 'd' },
          },
        },
      });
    expect((await create('low', 50)).body.message).to.contain('denied request: no');
    expect((await create('high', 70)).code).to.equal(201);
    await policy({
      matchConstraints: { matchPolicy: 'Exact', resourceRules: [rule] },
      validations: [{ expression: 'false' }],
    });
    expect((await create('low', 50)).code).to.equal(201);
  });

  it('does not hold everybody up: what would take too long is refused', async () => {
    const pairs = 'variables.all.all(a, variables.all.all(b, variables.all.exists(c, a == b || c == a)))';
    await policy({
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] },
        ],
      },
      variables: [{ name: 'all', expression: 'object.data.map(k, k)' }],
      validations: [{ expression: pairs }],
    });
    await bind({});
    const create = (name: string, keys: number) =>
      server.ask('POST', '/api/v1/namespaces/default/configmaps', {
        body: {
          metadata: { name },
          data: Object.fromEntries([...Array(keys).keys()].map((key) => [`k${key}`, ''])),
        },
      });
    expect((await create('small', 10)).code).to.equal(201);
    expect((await create('large', 2000)).body.message).to.contain('actual cost limit exceeded');
  });

  it('know no namespace of a namespace, and no fields of parameters that there are not', async () => {
    await policy({
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['namespaces'] },
        ],
      },
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [
        { expression: 'namespaceObject == null && !has(params.data)' },
        { expression: "object.metadata.name == 'right'" },
      ],
    });
    await bind({});
    const create = (name: string) =>
      server.ask('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
    expect((await create('right')).code).to.equal(201);
    expect((await create('wrong')).body.message).to.contain(
      "denied request: failed expression: object.metadata.name == 'right'",
    );
    await policy({
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['namespaces'] },
        ],
      },
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      auditAnnotations: [{ key: 'a', valueExpression: 'string(params.data)' }],
    });
    expect((await create('odd')).body.message).to.contain(
      "denied request: expression 'string(params.data)' resulted in error: no such key: data",
    );
  });
});
