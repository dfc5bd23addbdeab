// The status of ValidatingAdmissionPolicies: which expressions do not fit the types that they are about.

import { expect } from 'chai';
import { policyStatusController } from '../../../hub/apiserver/policy-status/index.ts';
import { createLog } from '../../../shared/base/index.ts';
import { ControllerRunner, createClient, InformerFactory } from '../../../shared/client/index.ts';
import { type ApiServerFixture, admin, startApiServer } from '../../support/apiserver.ts';
import { until } from '../../support/until.ts';

const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const deployments = {
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  operations: ['*'],
  resources: ['deployments'],
};

describe('the status of a ValidatingAdmissionPolicy', () => {
  let server: ApiServerFixture;
  let runner: ControllerRunner;
  let informers: InformerFactory;

  before(async () => {
    server = await startApiServer();
    const { api, clock } = server;
    const log = createLog('test', 'fatal');
    const client = createClient(api.transport({ user: admin }));
    informers = new InformerFactory({ client, log });
    const controller = policyStatusController({
      client,
      informers,
      index: api.index,
      schemas: () => api.schemas,
    });
    runner = new ControllerRunner({ controller, clock, log });
    informers.start();
    await runner.start();
  });

  after(async () => {
    await runner.stop();
    informers.stop();
    await server.stop();
  });

  async function statusOf(name: string, spec: object) {
    const matchConstraints = { resourceRules: [deployments] };
    await server.must('POST', policies, {
      body: { metadata: { name }, spec: { matchConstraints, ...spec } },
    });
    return until('a status', async () => {
      const { status } = await server.must('GET', `${policies}/${name}`);
      return status.observedGeneration === 1 ? status : undefined;
    });
  }

  const warningsOf = async (name: string, spec: object) =>
    (await statusOf(name, spec)).typeChecking.expressionWarnings;

  it('says nothing of expressions that fit', async () => {
    const expressions = [
      'object.spec.replicas <= 5 && object.spec.template.spec.containers.all(c, c.image.contains("/"))',
      "oldObject == null || has(object.metadata.labels) && object.metadata.labels['a'] == 'b'",
      "request.userInfo.username == 'a' || request.resource.group == 'apps' || variables.most > 1",
      'object.spec.template.spec.containers.all(c, has(c.image) && !has(c.command))',
      'object.spec.strategy.rollingUpdate.maxSurge == 1 || params.data.anything == "1"',
      "sets.contains(object.spec.template.spec.containers.map(c, c.name), ['a'])",
    ];
    const validations = expressions.map((expression) => ({ expression }));
    const variables = [{ name: 'most', expression: 'object.spec.replicas' }];
    const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
    expect(await statusOf('fits', { paramKind, validations, variables })).to.deep.equal({
      observedGeneration: 1,
      typeChecking: {},
    });
  });

  it('points at what does not, in the words of Kubernetes', async () => {
    const validations = [
      { expression: 'object.foo == 1', messageExpression: "'x' + object.spec.replicas" },
      { expression: 'object.spec.replicas > "1"' },
      { expression: 'variables.most.startsWith("a")' },
      { expression: 'has(object.spec) && has(object.spec.nope)' },
    ];
    const variables = [{ name: 'most', expression: 'object.spec.replicas' }];
    const said = (lines: string[]) => ['apps/v1, Kind=Deployment: ERROR: <input>:', ...lines].join('');
    expect(await warningsOf('misfits', { validations, variables })).to.deep.equal([
      {
        fieldRef: 'spec.validations[0].expression',
        warning: said(["1:7: undefined field 'foo'\n", ' | object.foo == 1\n', ' | ......^']),
      },
      {
        fieldRef: 'spec.validations[0].messageExpression',
        warning: said([
          "1:5: found no matching overload for '_+_' applied to '(string, int)'\n",
          " | 'x' + object.spec.replicas\n",
          ' | ....^',
        ]),
      },
      {
        fieldRef: 'spec.validations[1].expression',
        warning: said([
          "1:22: found no matching overload for '_>_' applied to '(int, string)'\n",
          ' | object.spec.replicas > "1"\n',
          ' | .....................^',
        ]),
      },
      {
        fieldRef: 'spec.validations[2].expression',
        warning: said([
          "1:26: found no matching overload for 'startsWith' applied to 'int.(string)'\n",
          ' | variables.most.startsWith("a")\n',
          ' | .........................^',
        ]),
      },
      {
        fieldRef: 'spec.validations[3].expression',
        warning: said([
          "1:36: undefined field 'nope'\n",
          ' | has(object.spec) && has(object.spec.nope)\n',
          ' | ...................................^',
        ]),
      },
    ]);
  });

  it('is not reached by expressions that do not compile', async () => {
    const matchConstraints = { resourceRules: [deployments] };
    const spec = {
      matchConstraints,
      matchConditions: [{ name: 'a', expression: '... [] bad expression' }],
      validations: [{ expression: 'nothing == 1', messageExpression: '1' }, { expression: "'text'" }],
    };
    const { code, body } = await server.ask('POST', policies, { body: { metadata: { name: 'bad' }, spec } });
    expect(code).to.equal(422);
    expect(
      body.details.causes.map(({ field, message }: Record<string, string>) => `${field}: ${message}`),
    ).to.deep.equal([
      'spec.matchConditions[0].expression: Invalid value: "... [] bad expression": compilation failed: ERROR: <input>:1:1: Syntax error: Unexpected token: DOT\n | ... [] bad expression\n | ^',
      "spec.validations[0].expression: Invalid value: \"nothing == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'nothing' (in container '')\n | nothing == 1\n | ^",
      'spec.validations[0].messageExpression: Invalid value: "1": must evaluate to string',
      'spec.validations[1].expression: Invalid value: "\'text\'": must evaluate to bool',
    ]);
    const webhooks = [
      {
        name: 'a.b.c',
        ...{ sideEffects: 'None', admissionReviewVersions: ['v1'], clientConfig: { url: 'https://x.y/z' } },
        matchConditions: [{ name: 'a', expression: 'foo(1)' }],
      },
    ];
    const hooks = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
    const refused = await server.ask('POST', hooks, { body: { metadata: { name: 'bad' }, webhooks } });
    expect(refused.body.message).to.contain(
      "webhooks[0].matchConditions[0].expression: Invalid value: \"foo(1)\": compilation failed: ERROR: <input>:1:4: undeclared reference to 'foo' (in container '')",
    );
  });
});
