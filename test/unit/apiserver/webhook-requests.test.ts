// As what requests arrive at an admission webhook: a table of what is not simply an object that is written.

import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import { type ApiServerFixture, configMap, namespace, startApiServer } from '../../support/apiserver.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { minimalFields } from '../../support/minimal-objects.ts';

// biome-ignore lint/suspicious/noExplicitAny: reviews are JSON of any shape
type Anything = any;

const registration = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
const space = '/api/v1/namespaces/default';
const deployment = '/apis/apps/v1/namespaces/default/deployments/web';
const access = '/apis/authorization.k8s.io/v1';
const attributes = { namespace: 'default', verb: 'get', resource: 'pods' };
const patched = 'application/merge-patch+json';

interface Row {
  ask: [method: string, path: string, body?: object];
  /** operation, resource, kind, name, options; then which objects there are. */
  told: string;
}

const rows: Row[] = [
  {
    ask: ['PATCH', `${space}/configmaps/one?fieldManager=me&fieldValidation=Warn`, { data: { a: 'b' } }],
    told: 'UPDATE configmaps v1.ConfigMap one UpdateOptions {fieldManager: me, fieldValidation: Warn} object oldObject',
  },
  {
    ask: ['DELETE', `${space}/configmaps?gracePeriodSeconds=0&propagationPolicy=Background`],
    told: 'DELETE configmaps v1.ConfigMap - DeleteOptions {gracePeriodSeconds: 0, propagationPolicy: Background} oldObject',
  },
  {
    ask: ['PATCH', `${deployment}/scale`, { spec: { replicas: 2 } }],
    told: 'UPDATE deployments/scale autoscaling/v1.Scale web UpdateOptions {} object oldObject',
  },
  {
    ask: ['PUT', `${deployment}/scale`, { metadata: { name: 'web' }, spec: { replicas: 3 } }],
    told: 'UPDATE deployments/scale autoscaling/v1.Scale web UpdateOptions {} object oldObject',
  },
  {
    ask: ['POST', `${space}/bindings`, { metadata: { name: 'free' }, target: { kind: 'Node', name: 'n' } }],
    told: 'CREATE bindings v1.Binding free CreateOptions {} object',
  },
  {
    ask: [
      'POST',
      `${access}/namespaces/elsewhere/localsubjectaccessreviews`,
      { metadata: {}, spec: { user: 'ada', resourceAttributes: { ...attributes, namespace: 'elsewhere' } } },
    ],
    told: 'CREATE localsubjectaccessreviews authorization.k8s.io/v1.LocalSubjectAccessReview - CreateOptions {} object',
  },
  {
    ask: [
      'POST',
      `${access}/subjectaccessreviews`,
      { spec: { user: 'ada', resourceAttributes: attributes } },
    ],
    told: 'CREATE subjectaccessreviews authorization.k8s.io/v1.SubjectAccessReview - CreateOptions {} object',
  },
  {
    ask: ['POST', `${access}/selfsubjectrulesreviews`, { spec: { namespace: 'default' } }],
    told: 'CREATE selfsubjectrulesreviews authorization.k8s.io/v1.SelfSubjectRulesReview - CreateOptions {} object',
  },
  {
    ask: ['POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 't' } }],
    told: 'CREATE tokenreviews authentication.k8s.io/v1.TokenReview - CreateOptions {} object',
  },
  {
    ask: ['POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}],
    told: 'CREATE selfsubjectreviews authentication.k8s.io/v1.SelfSubjectReview - CreateOptions {} object',
  },
];

/** In the words of the table. */
function toldOf(request: Anything): string {
  const { operation, resource, subResource, kind, name, options, object, oldObject } = request;
  const { kind: optionsKind, apiVersion, ...said } = options;
  expect(apiVersion).to.equal('meta.k8s.io/v1');
  const type = `${kind.group ? `${kind.group}/` : ''}${kind.version}.${kind.kind}`;
  for (const each of [object, oldObject])
    if (each) expect(`${each.apiVersion}.${each.kind}`, 'the object itself').to.equal(type);
  const place = subResource ? `${resource.resource}/${subResource}` : resource.resource;
  const more = Object.entries(said).map(([key, value]) => `${key}: ${value}`);
  return [
    ...[operation, place, type, name ?? '-', optionsKind, `{${more.join(', ')}}`],
    ...(object ? ['object'] : []),
    ...(oldObject ? ['oldObject'] : []),
  ].join(' ');
}

describe('a webhook that is asked about everything', () => {
  let server: ApiServerFixture;
  let webhook: Server;
  let asked: Anything[] = [];
  let patch: object[] = [];

  before(async () => {
    const { ca, server: pair } = await makeCertificates();
    webhook = createServer({ key: pair.key, cert: pair.certificate }, async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const { kind, apiVersion, request: review } = JSON.parse(Buffer.concat(parts).toString());
      asked.push(review);
      const operations = Buffer.from(JSON.stringify(patch)).toString('base64');
      const changes = patch.length > 0 && { patch: operations, patchType: 'JSONPatch' };
      const answer = { uid: review.uid, allowed: true, ...changes };
      response.end(JSON.stringify({ kind, apiVersion, response: answer }));
    });
    webhook.listen(0, '127.0.0.1');
    await once(webhook, 'listening');
    const { port }: Partial<AddressInfo> = Object(webhook.address());
    server = await startApiServer({ admission: createAdmission });
    await server.must('POST', '/api/v1/namespaces', { body: namespace('default') });
    await server.must('POST', `${space}/serviceaccounts`, { body: { metadata: { name: 'default' } } });
    await server.must('POST', `${space}/configmaps`, { body: configMap('one') });
    const pod = { metadata: { name: 'free' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    await server.must('POST', `${space}/pods`, { body: pod });
    await server.must('POST', deployment.replace(/\/web$/, ''), {
      body: { metadata: { name: 'web' }, ...minimalFields('deployments') },
    });
    const rule = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] };
    const caBundle = Buffer.from(ca.certificate).toString('base64');
    const all = {
      ...{ name: 'all.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None', rules: [rule] },
      clientConfig: { url: `https://localhost:${port}/`, caBundle },
    };
    await server.must('POST', registration, { body: { metadata: { name: 'all' }, webhooks: [all] } });
  });

  beforeEach(() => {
    asked = [];
    patch = [];
  });

  after(async () => {
    await server?.stop();
    webhook.close();
    webhook.closeAllConnections();
  });

  for (const { ask, told } of rows) {
    const [method, path, body] = ask;
    it(`is told of ${method} ${path}`, async () => {
      const contentType = method === 'PATCH' ? patched : 'application/json';
      await server.must(method, path, { contentType, ...(body && { body }) });
      expect(asked.map(toldOf)).to.deep.equal([told]);
    });
  }

  it('may change how many replicas somebody asks for', async () => {
    patch = [{ op: 'replace', path: '/spec/replicas', value: 7 }];
    const body = { spec: { replicas: 5 } };
    const scale = await server.must('PATCH', `${deployment}/scale`, { contentType: patched, body });
    expect(asked.map(({ object, oldObject }) => [object.spec, oldObject.spec])).to.deep.equal([
      [{ replicas: 5 }, { replicas: 3 }],
    ]);
    expect(scale.spec).to.deep.equal({ replicas: 7 });
    expect((await server.must('GET', deployment)).spec.replicas).to.equal(7);
  });

  it('may change what somebody asks of their rights', async () => {
    patch = [{ op: 'replace', path: '/spec/user', value: 'bob' }];
    const spec = { user: 'ada', resourceAttributes: attributes };
    const review = await server.must('POST', `${access}/subjectaccessreviews`, { body: { spec } });
    expect(review.spec.user).to.equal('bob');
  });
});
