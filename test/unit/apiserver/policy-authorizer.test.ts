// What policies and conditions may ask about permissions, and what they may cost.

import { expect } from 'chai';
import { type AccessReview, createAdmission } from '../../../hub/apiserver/index.ts';
import { type ApiServerFixture, configMap, namespace, startApiServer } from '../../support/apiserver.ts';

const group = '/apis/admissionregistration.k8s.io/v1';
const configMaps = '/api/v1/namespaces/default/configmaps';
const jane = { name: 'jane', groups: ['system:authenticated'] };

describe('a policy', () => {
  let server: ApiServerFixture;
  let asked: AccessReview[] = [];
  /** `verb resource/subresource.group namespace/name` or `verb path`, of whom it is allowed. */
  let allowed: string[] = [];
  const textOf = ({ user, verb, path, group: of = '', resource = '', subresource, ...at }: AccessReview) =>
    path === undefined
      ? `${user.name}: ${verb} ${resource}${subresource ? `/${subresource}` : ''}.${of} ${at.namespace ?? ''}/${at.name ?? ''}`
      : `${user.name}: ${verb} ${path}`;

  beforeEach(async () => {
    let ready = false;
    server = await startApiServer({
      admission: createAdmission,
      authorize: async (review) => {
        const { name } = review.user;
        const isOwn = name === 'jane' && review.resource === 'configmaps' && review.verb === 'create';
        if (!ready || name === 'admin' || (isOwn && !review.subresource)) return { allowed: true };
        asked.push(review);
        return { allowed: allowed.includes(textOf(review)), reason: 'so it is' };
      },
    });
    await server.must('POST', '/api/v1/namespaces', { body: namespace('default') });
    ready = true;
    asked = [];
    allowed = [];
  });

  afterEach(() => server.stop());

  async function against(expression: string, more: object = {}): Promise<void> {
    const resourceRules = [
      { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
    ];
    const spec = { matchConstraints: { resourceRules }, validations: [{ expression }], ...more };
    const metadata = { name: 'p' };
    await server.must('POST', `${group}/validatingadmissionpolicies`, { body: { metadata, spec } });
    await server.must('POST', `${group}/validatingadmissionpolicybindings`, {
      body: { metadata, spec: { policyName: 'p', validationActions: ['Deny'] } },
    });
  }

  const create = (data: Record<string, string> = {}) =>
    server.ask('POST', configMaps, { body: configMap('made', { data }), user: jane });

  const cases: [expression: string, asked: string[]][] = [
    [
      "authorizer.group('apps').resource('deployments').subresource('scale').namespace('n').name('x').check('update').allowed()",
      ['jane: update deployments/scale.apps n/x'],
    ],
    ["authorizer.path('/healthz').check('get').allowed()", ['jane: get /healthz']],
    [
      "authorizer.serviceAccount('ns', 'sa').group('').resource('pods').check('list').allowed()",
      ['system:serviceaccount:ns:sa: list pods. /'],
    ],
    ["authorizer.requestResource.check('approve').allowed()", ['jane: approve configmaps. default/made']],
  ];
  for (const [expression, texts] of cases)
    it(`asks ${expression}`, async () => {
      await against(expression);
      expect((await create()).code).to.equal(422);
      expect(asked.map(textOf)).to.deep.equal(texts);
      allowed = texts;
      expect((await create()).code).to.equal(201);
    });

  it('is told why', async () => {
    const answer = "authorizer.path('/x').check('get')";
    await against(`${answer}.errored() || ${answer}.reason() != 'so it is'`);
    expect((await create()).body.message).to.contain('denied request: failed expression');
  });

  it('may ask two questions in one expression, not three', async () => {
    const question = (path: string) => `!authorizer.path('${path}').check('get').allowed()`;
    await against([question('/a'), question('/b')].join(' && '));
    expect((await create()).code).to.equal(201);
    await server.must('DELETE', `${group}/validatingadmissionpolicies/p`);
    await server.must('DELETE', `${group}/validatingadmissionpolicybindings/p`);
    await against([question('/a'), question('/b'), question('/c')].join(' && '));
    const again = await server.ask('POST', configMaps, { body: configMap('more'), user: jane });
    expect(again.body.message).to.contain(
      'resulted in error: operation cancelled: actual cost limit exceeded',
    );
  });

  it('may ask it in its conditions', async () => {
    const expression = "!authorizer.group('').resource('nodes').check('delete').allowed()";
    await against('false', { matchConditions: [{ name: 'not-mighty', expression }] });
    expect((await create()).code).to.equal(422);
    allowed = ['jane: delete nodes. /'];
    expect((await create()).code).to.equal(201);
  });

  it('has one budget for a write, however many expressions it has', async () => {
    const data = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, 'v']));
    const expression = 'object.data.all(a, object.data.all(b, a.size() + b.size() > 0))';
    await against(expression, { validations: Array.from({ length: 20 }, () => ({ expression })) });
    const { body } = await create(data);
    expect(body.message).to.contain(
      'validation failed due to running out of cost budget, no further validation rules will be run',
    );
  });
});
