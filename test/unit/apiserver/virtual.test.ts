// Resources that nothing stores: who somebody is, what they may do, how the parts of the hub are.

import { expect } from 'chai';
import {
  authenticateWith,
  authorizeWith,
  nodeAuthorizer,
  rulesOf,
} from '../../../hub/apiserver/auth/index.ts';
import type { UserInfo } from '../../../hub/apiserver/index.ts';
import { type ApiServerFixture, configMap, startApiServer } from '../../support/apiserver.ts';
import { defaultAuthorizers } from '../../support/default-roles.ts';

const node = nodeAuthorizer({
  mayRead: (_node, resource, _namespace, name) => resource === 'secrets' && name === 'mine',
});
const ann: UserInfo = {
  name: 'ann',
  uid: '7',
  groups: ['ops', 'system:authenticated'],
  extra: { team: ['a'] },
};
const board: UserInfo = { name: 'system:node:pi-1', groups: ['system:nodes', 'system:authenticated'] };
const nobody: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
const reviews = '/apis/authorization.k8s.io/v1';
const identity = '/apis/authentication.k8s.io/v1';

describe('a resource that nothing stores', () => {
  const trouble: { scheduler?: string } = {};
  let server: ApiServerFixture;
  before(async () => {
    const authorizers = await defaultAuthorizers(node);
    server = await startApiServer({
      authorize: authorizeWith(authorizers),
      rulesFor: rulesOf(authorizers),
      authenticate: authenticateWith([
        { name: 'test', authenticate: async ({ token }) => (token === 'known' ? ann : undefined) },
      ]),
      components: [{ name: 'scheduler', check: () => trouble.scheduler }],
    });
  });
  after(() => server.stop());

  it('tells people who they are', async () => {
    const { body, code } = await server.ask('POST', `${identity}/selfsubjectreviews`, {
      body: {},
      user: ann,
    });
    expect(code).to.equal(201);
    expect(body).to.deep.include({ kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' });
    expect(body.status.userInfo).to.deep.equal({
      username: 'ann',
      uid: '7',
      groups: ann.groups,
      extra: ann.extra,
    });
  });

  it('tells whose token it is, and for whom it is good', async () => {
    const review = (spec: object) => server.must('POST', `${identity}/tokenreviews`, { body: { spec } });
    const api = 'https://kubernetes.default.svc.cluster.local';
    const { status } = await review({ token: 'known', audiences: [api, 'vault'] });
    expect(status).to.deep.include({ authenticated: true, audiences: [api] });
    expect(status.user).to.include({ username: 'ann' });
    expect((await review({ token: 'known', audiences: ['vault'] })).status.authenticated).to.equal(undefined);
    expect((await review({ token: 'other' })).status).to.deep.equal({
      user: {},
      error: 'invalid bearer token',
    });
  });

  it('tells what somebody may do, by the rules that requests go through', async () => {
    const may = async (name: string, user = board) => {
      const resourceAttributes = { verb: 'get', resource: 'secrets', namespace: 'default', name };
      const body = { spec: { resourceAttributes } };
      return (await server.must('POST', `${reviews}/selfsubjectaccessreviews`, { body, user })).status;
    };
    expect(await may('mine')).to.deep.equal({ allowed: true });
    expect(await may('yours')).to.deep.include({ allowed: false });
    expect((await may('yours')).reason).to.include('pi-1');
    const asked = await server.ask('GET', '/api/v1/namespaces/default/secrets/yours', { user: board });
    expect(asked.code).to.equal(403);
  });

  it('tells what somebody else may do, only to who may ask', async () => {
    const spec = {
      user: ann.name,
      groups: ['system:masters'],
      nonResourceAttributes: { path: '/x', verb: 'get' },
    };
    const path = `${reviews}/subjectaccessreviews`;
    expect((await server.must('POST', path, { body: { spec } })).status).to.deep.equal({ allowed: true });
    expect((await server.ask('POST', path, { body: { spec }, user: ann })).code).to.equal(403);
    expect(
      (await server.ask('POST', `${reviews}/selfsubjectaccessreviews`, { body: { spec }, user: nobody }))
        .code,
    ).to.equal(403);
  });

  it('lists what somebody may do, and says when there may be more', async () => {
    const rules = async (user: UserInfo) => {
      const body = { spec: { namespace: 'default' } };
      return (await server.must('POST', `${reviews}/selfsubjectrulesreviews`, { body, user })).status;
    };
    const { resourceRules, nonResourceRules, incomplete } = await rules(ann);
    expect(incomplete).to.equal(false);
    expect(resourceRules.flatMap(({ resources }: { resources: string[] }) => resources)).to.have.members([
      'selfsubjectreviews',
      'selfsubjectaccessreviews',
      'selfsubjectrulesreviews',
    ]);
    expect(nonResourceRules[0].nonResourceURLs).to.include.members(['/healthz', '/apis', '/apis/*']);
    expect(await rules(board)).to.include({
      incomplete: true,
      evaluationError: 'node authorizer does not support user rule resolution',
    });
  });

  it('keeps nothing of what was asked', async () => {
    const before = server.store.revision;
    await server.must('POST', `${identity}/selfsubjectreviews`, { body: {} });
    expect(server.store.revision).to.equal(before);
    for (const [method, path] of [
      ['GET', `${identity}/tokenreviews`],
      ['DELETE', `${reviews}/subjectaccessreviews`],
      ['PATCH', '/api/v1/componentstatuses/scheduler'],
    ] as const)
      expect((await server.ask(method, path, method === 'GET' ? {} : { body: {} })).code, path).to.equal(405);
  });

  it('says that componentstatuses are deprecated, and how the parts are', async () => {
    const path = '/api/v1/componentstatuses';
    const well = await server.ask('GET', path);
    expect(well.warnings).to.deep.equal(['v1 ComponentStatus is deprecated in v1.19+']);
    expect(well.body.items[0].conditions).to.deep.equal([{ type: 'Healthy', status: 'True', message: 'ok' }]);
    trouble.scheduler = 'has stopped';
    const { body } = await server.ask('GET', `${path}/scheduler`);
    expect(body.conditions).to.deep.equal([{ type: 'Healthy', status: 'False', message: 'has stopped' }]);
    expect((await server.ask('GET', `${path}/none`)).code).to.equal(404);
  });

  it('leaves what is stored alone', async () => {
    const body = configMap('a');
    await server.must('POST', '/api/v1/namespaces/default/configmaps', { body });
    expect((await server.must('GET', '/api/v1/namespaces/default/configmaps')).items).to.have.length(1);
  });
});
