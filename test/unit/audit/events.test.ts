// What the audit log tells of requests: by which right, with which objects, and what admission has to say.

import { expect } from 'chai';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import { type ApiServerFixture, type Asked, admin, startApiServer } from '../../support/apiserver.ts';
import { type AuditEvent, AuditEvents } from '../../support/audit-events.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const group = '/apis/admissionregistration.k8s.io/v1';

describe('the events of the audit log', () => {
  let server: ApiServerFixture;

  beforeEach(async () => {
    server = await startApiServer({
      admission: createAdmission,
      authorize: async ({ user }) => ({
        allowed: user.name !== 'stranger',
        ...(user.name === 'stranger' && { reason: 'nobody knows them' }),
      }),
    });
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
    await server.must('POST', '/api/v1/namespaces', { body });
  });
  afterEach(() => server.stop());

  /** Of one request, as a door would have it. */
  async function eventsOf(
    rule: object,
    method: string,
    path: string,
    asked: Asked = {},
  ): Promise<AuditEvent[]> {
    const events = new AuditEvents({ rules: [{ level: 'Metadata', ...rule }] });
    const { user = admin } = asked;
    const audit = events.auditor.begin({ method, path, user, sourceIps: ['192.0.2.1'], userAgent: 'test' });
    audit.answers(await server.handle(method, path, { ...asked, audit }));
    audit.ends();
    return events.all();
  }

  const configMap = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { a: 'b' },
  });

  it('tell of what is deprecated, and of what was slow', async () => {
    const [, complete] = await eventsOf({}, 'GET', '/api/v1/componentstatuses');
    expect(complete.annotations).to.include({ 'k8s.io/deprecated': 'true' });
    const slow = async (path: string, milliseconds: number) => {
      const events = new AuditEvents({ rules: [{ level: 'Metadata' }] });
      const audit = events.auditor.begin({ method: 'GET', path, user: admin, sourceIps: [] });
      await events.clock.advance(milliseconds);
      audit.begins(200);
      audit.ends();
      return (await events.all()).at(-1).annotations;
    };
    expect(await slow(maps, 1500)).to.deep.equal({ 'apiserver.latency.k8s.io/total': '1.5s' });
    expect(await slow(maps, 500)).to.equal(undefined);
    expect(await slow(`${maps}?watch=1`, 60_000)).to.equal(undefined);
  });

  it('are what upstream writes', async () => {
    const { auditID, ...received } = (await eventsOf({}, 'POST', maps, { body: configMap('one') }))[0];
    expect(auditID).to.match(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(received).to.deep.equal({
      ...{ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', stage: 'RequestReceived' },
      ...{ requestURI: maps, verb: 'create' },
      user: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
      ...{ sourceIPs: ['192.0.2.1'], userAgent: 'test' },
      objectRef: { resource: 'configmaps', namespace: 'default', apiVersion: 'v1' },
      ...{ requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z' },
      ...{ stageTimestamp: '2026-01-01T00:00:00.000000Z' },
    });
    const [, complete] = await eventsOf({}, 'GET', `${maps}/none`);
    expect(Object.keys(complete)).to.deep.equal([
      ...['kind', 'apiVersion', 'level', 'auditID', 'stage', 'requestURI', 'verb', 'user', 'sourceIPs'],
      ...['userAgent', 'objectRef', 'responseStatus', 'requestReceivedTimestamp', 'stageTimestamp'],
      'annotations',
    ]);
    expect(complete).to.deep.include({
      stage: 'ResponseComplete',
      responseStatus: {
        metadata: {},
        ...{ status: 'Failure', message: 'configmaps "none" not found', reason: 'NotFound' },
        ...{ details: { name: 'none', kind: 'configmaps' }, code: 404 },
      },
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    });
  });

  it('have what was sent, with its defaults, and what was answered, as far as their level goes', async () => {
    const body = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    };
    const path = '/api/v1/namespaces/default/services';
    const [, sent] = await eventsOf({ level: 'Request' }, 'POST', `${path}?dryRun=All`, { body });
    expect(sent.objectRef).to.include({ name: 'web' });
    expect(sent.requestObject.spec).to.deep.include({
      type: 'ClusterIP',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
    expect(sent).not.to.have.property('responseObject');
    const [, answered] = await eventsOf({ level: 'RequestResponse' }, 'POST', path, { body });
    expect(answered.responseObject.metadata).to.have.property('managedFields');
    const [, spared] = await eventsOf({ level: 'RequestResponse', omitManagedFields: true }, 'GET', path);
    expect(spared.responseObject.items[0].metadata.name).to.equal('web');
    expect(spared.responseObject.items[0].metadata).not.to.have.property('managedFields');
    const [, patched] = await eventsOf({ level: 'Request' }, 'PATCH', `${path}/web`, {
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { a: 'b' } } },
    });
    expect(patched.requestObject).to.deep.equal({ metadata: { labels: { a: 'b' } } });
  });

  it('come only in the stages that are wanted', async () => {
    expect(await eventsOf({ omitStages: ['RequestReceived'] }, 'GET', maps)).to.have.length(1);
    expect(await eventsOf({ level: 'None' }, 'GET', maps)).to.deep.equal([]);
    expect(await eventsOf({ users: ['somebody'] }, 'GET', maps)).to.deep.equal([]);
    const watched = await eventsOf({}, 'GET', `${maps}?watch=1&timeoutSeconds=1`);
    expect(watched.map(({ stage }) => stage)).to.deep.equal([
      'RequestReceived',
      'ResponseStarted',
      'ResponseComplete',
    ]);
  });

  it('say why somebody was refused', async () => {
    const user = { name: 'stranger', groups: ['system:authenticated'] };
    const [, refused] = await eventsOf({}, 'GET', maps, { user });
    expect(refused.responseStatus).to.include({ code: 403, reason: 'Forbidden' });
    expect(refused.annotations).to.deep.equal({
      'authorization.k8s.io/decision': 'forbid',
      'authorization.k8s.io/reason': 'nobody knows them',
    });
  });

  it('tell of an error that is ours as of a panic', async () => {
    const events = new AuditEvents({ rules: [{ level: 'Metadata' }] });
    const opening = { method: 'GET', path: maps, user: admin, sourceIps: [] };
    const audit = events.auditor.begin(opening);
    audit.panics(new TypeError('no such thing'));
    audit.answers({ type: 'object', code: 500, body: { kind: 'Status', message: 'said to the client' } });
    audit.ends();
    const [, panic] = await events.all();
    expect(panic).to.deep.include({
      stage: 'Panic',
      responseStatus: {
        metadata: {},
        ...{ status: 'Failure', message: "APIServer panic'd: no such thing", reason: 'InternalError' },
        code: 500,
      },
    });
  });

  describe('and policies', () => {
    const policy = async (spec: object, validationActions = ['Audit']) => {
      const apiVersion = 'admissionregistration.k8s.io/v1';
      const rule = {
        ...{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
      };
      await server.must('POST', `${group}/validatingadmissionpolicies`, {
        body: {
          ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name: 'small.example.com' } },
          spec: { matchConstraints: { resourceRules: [rule] }, ...spec },
        },
      });
      const answer = await server.ask('POST', `${group}/validatingadmissionpolicybindings`, {
        body: {
          ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: 'all' } },
          spec: { policyName: 'small.example.com', validationActions },
        },
      });
      expect(answer).to.deep.include({ code: 201, warnings: [] });
    };
    const created = async () => (await eventsOf({}, 'POST', maps, { body: configMap('one') }))[1];

    it('have what a policy is against, where its binding wants only that', async () => {
      const validations = [
        { expression: 'true' },
        { expression: "!('a' in object.data)", message: 'no a <here>' },
      ];
      await policy({ validations });
      const { annotations, responseStatus } = await created();
      expect(responseStatus.code).to.equal(201);
      const value = annotations['validation.policy.admission.k8s.io/validation_failure'];
      expect(value).to.equal(
        '[{"message":"no a \\u003chere\\u003e","policy":"small.example.com","binding":"all","expressionIndex":1,"validationActions":["Audit"]}]',
      );
    });

    it('have what a policy notes', async () => {
      await policy({
        auditAnnotations: [
          { key: 'name', valueExpression: "' ' + object.metadata.name + ' '" },
          { key: 'nothing', valueExpression: 'null' },
        ],
      });
      const { annotations } = await created();
      expect(annotations).to.deep.include({ 'small.example.com/name': 'one' });
      expect(annotations).not.to.have.property('small.example.com/nothing');
    });

    it('refuse a write of which a policy cannot note what it must', async () => {
      const valueExpression = 'object.data.missing';
      await policy({ auditAnnotations: [{ key: 'name', valueExpression }] });
      const { responseStatus } = await created();
      expect(responseStatus.code).to.equal(422);
      expect(responseStatus.message).to.contain(
        "ValidatingAdmissionPolicy 'small.example.com' with binding 'all' denied request: ",
      );
    });
  });
});
