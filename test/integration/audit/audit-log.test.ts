// The audit log of a real hub: what is asked at both doors, as upstream tells it.

import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { connectAsync, type MqttClient } from 'mqtt';
import { rpcTopic } from '../../../shared/bus/index.ts';
import { certificateTask } from '../../../shared/pki/index.ts';
import { eventually, kelpProgram, run, TestCluster } from '../../support/cluster.ts';
import { HttpsJson, type Json } from '../../support/https-json.ts';

const policy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitManagedFields: true
rules:
  - level: None
    nonResourceURLs: [/healthz*, /livez*, /readyz*]
  - level: Metadata
    resources: [{ resources: [secrets] }]
  - level: RequestResponse
    namespaces: [default]
  - level: Metadata
    omitStages: [RequestReceived]
`;
const maps = '/api/v1/namespaces/default/configmaps';

describe('the audit log of a hub', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  const path = join(cluster.directory, 'log/audit.log');
  const policyFile = join(cluster.directory, 'audit.yaml');
  let https: HttpsJson;
  let mqtt: MqttClient | undefined;

  before(async () => {
    writeFileSync(policyFile, policy);
    await cluster.startHub({ args: ['--audit-policy-file', policyFile, '--audit-log-path', path] });
    https = new HttpsJson(cluster.server, cluster.kubeconfig);
  });

  after(async () => {
    https?.close();
    await mqtt?.endAsync(true);
    await cluster.close();
  });

  const events = (): Json[] => {
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
    return lines.map((line) => JSON.parse(line));
  };
  const complete = () => events().filter(({ stage }) => stage === 'ResponseComplete');

  /** The events of a request, once so many stages of it are there. */
  const eventsOf = (id: unknown, stages = 2): Promise<Json[]> =>
    eventually(`${stages} events of ${id}`, () => {
      const found = events().filter(({ auditID }) => auditID === id);
      return found.length >= stages ? found : undefined;
    });

  it('has the requests of HTTPS, under the id that the answer bears', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data: { a: 'b' } };
    const { headers } = await https.ask('POST', maps, { body, headers: { 'user-agent': 'teller/1' } });
    const [received, complete] = await eventsOf(headers['audit-id']);
    expect(received).to.include({ stage: 'RequestReceived', userAgent: 'teller/1' });
    expect(received.sourceIPs).to.deep.equal(['127.0.0.1']);
    expect(complete).to.deep.include({
      stage: 'ResponseComplete',
      responseStatus: { metadata: {}, code: 201 },
    });
    expect(complete.objectRef).to.deep.include({ resource: 'configmaps', namespace: 'default', name: 'one' });
    expect(complete.responseObject.data).to.deep.equal({ a: 'b' });
    expect(complete.responseObject.metadata).not.to.have.property('managedFields');
    expect(complete.annotations['authorization.k8s.io/decision']).to.equal('allow');
  });

  it('takes an id that the client gives, and hears of whom a proxy speaks for', async () => {
    const asked = { 'audit-id': 'my-own', 'x-forwarded-for': '192.0.2.7, 192.0.2.8' };
    expect((await https.ask('GET', maps, { headers: asked })).headers['audit-id']).to.equal('my-own');
    const [received] = await eventsOf('my-own');
    expect(received.sourceIPs).to.deep.equal(['192.0.2.7', '192.0.2.8', '127.0.0.1']);
  });

  it('has Secrets without what is in them, as its policy wants', async () => {
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'hidden' } };
    const { headers } = await https.ask('POST', '/api/v1/namespaces/default/secrets', { body });
    const events = await eventsOf(headers['audit-id']);
    for (const event of events) expect(event).not.to.have.any.keys('requestObject', 'responseObject');
    expect(events[1].objectRef.name).to.equal('s');
  });

  it('has what controllers and the scheduler do, each under its own name', async () => {
    const template = {
      metadata: { labels: { app: 'kept' } },
      spec: { containers: [{ name: 'c', image: 'none.invalid/none' }] },
    };
    const body = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'kept' },
      spec: { replicas: 1, selector: { matchLabels: { app: 'kept' } }, template },
    };
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    expect((await https.ask('POST', deployments, { body })).code).to.equal(201);
    const account = (name: string) => `system:serviceaccount:kube-system:${name}`;
    for (const [username, verb, what, userAgent] of [
      [account('deployment-controller'), 'create', 'replicasets', 'kube-controller-manager'],
      [account('deployment-controller'), 'update', 'deployments/status', 'kube-controller-manager'],
      [account('replicaset-controller'), 'create', 'pods', 'kube-controller-manager'],
      ['system:kube-scheduler', 'patch', 'pods/status', 'kube-scheduler'],
    ])
      await eventually(`${username} to ${verb} ${what}`, () =>
        complete().find(
          ({ user, verb: done, objectRef, userAgent: by, responseStatus }) =>
            user.username === username &&
            done === verb &&
            [objectRef.resource, objectRef.subresource].filter(Boolean).join('/') === what &&
            by === userAgent &&
            responseStatus.code < 300,
        ),
      );
    const { metadata } = (await https.ask('GET', `${deployments}/kept`)).body;
    const writers = metadata.managedFields.map(({ manager, subresource = '' }: Json) => [
      manager,
      subresource,
    ]);
    expect(writers).to.deep.include(['kube-controller-manager', 'status']);
  });

  it('has a watch when it begins and when it ends', async () => {
    const { headers } = await https.ask('GET', `${maps}?watch=true&timeoutSeconds=1`);
    const events = await eventsOf(headers['audit-id'], 3);
    expect(events.map(({ stage, verb }) => `${verb} ${stage}`)).to.deep.equal([
      ...['watch RequestReceived', 'watch ResponseStarted', 'watch ResponseComplete'],
    ]);
  });

  it('has who acts as somebody else, and who is not let in', async () => {
    const as = { 'impersonate-user': 'ada', 'impersonate-group': 'makers' };
    const { code, headers } = await https.ask('GET', '/api/v1/nodes', { headers: as });
    expect(code).to.equal(403);
    const [event] = await eventsOf(headers['audit-id'], 1);
    expect(event.user.username).to.equal('kubernetes-admin');
    expect(event.impersonatedUser).to.deep.equal({
      username: 'ada',
      groups: ['makers', 'system:authenticated'],
    });
    expect(event.annotations['authorization.k8s.io/decision']).to.equal('forbid');

    const stranger = new HttpsJson(cluster.server, cluster.kubeconfig, { certificate: false });
    const refused = await stranger.ask('GET', maps, { headers: { authorization: 'Bearer nobodys' } });
    stranger.close();
    expect(refused.code).to.equal(401);
    const [unknown] = await eventsOf(refused.headers['audit-id'], 1);
    expect(unknown).to.deep.include({ stage: 'ResponseStarted', user: {} });
    expect(unknown.responseStatus).to.include({
      code: 401,
      message: 'Unauthorized',
    });
  });

  it('has the requests of MQTT', async () => {
    mqtt = await connectAsync(`mqtts://127.0.0.1:${cluster.mqttPort}`, {
      ...{ ca: cluster.ca, clientId: 'told', username: 'ada', password: cluster.adminToken },
    });
    const request = { id: '1', method: 'GET', path: `${maps}/one` };
    await mqtt.publishAsync(rpcTopic('told', 'request'), JSON.stringify(request), { qos: 1 });
    const found = await eventually('the events', () => {
      const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
      const events = lines
        .map((line) => JSON.parse(line))
        .filter(({ userAgent }) => userAgent === 'mqtt/told');
      return events.length === 2 ? events : undefined;
    });
    expect(found[1]).to.deep.include({ requestURI: `${maps}/one`, verb: 'get', sourceIPs: ['127.0.0.1'] });
    expect(found[1].responseObject.data).to.deep.equal({ a: 'b' });
  });

  it('has what a webhook notes of a write', async () => {
    const ca = await certificateTask('authority', { commonName: 'webhook-ca', days: 1 });
    const options = {
      subject: { commonName: 'webhook', organizations: [] },
      ...{ usages: ['server' as const], dnsNames: ['localhost'], days: 1 },
    };
    const { certificate: cert, key } = await certificateTask('issue', { ca, options });
    const webhook = createServer({ cert, key }, async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const { kind, apiVersion, request: asked } = JSON.parse(Buffer.concat(parts).toString());
      const auditAnnotations = { seen: asked.name, 'no/such/key': 'x' };
      const answer = { uid: asked.uid, allowed: true, auditAnnotations };
      response.end(JSON.stringify({ kind, apiVersion, response: answer }));
    });
    webhook.listen(0, '127.0.0.1');
    await once(webhook, 'listening');
    try {
      const { port }: Partial<AddressInfo> = Object(webhook.address());
      await https.must('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
        body: {
          ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
          metadata: { name: 'noting' },
          webhooks: [
            {
              ...{ name: 'noting.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None' },
              rules: [
                { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
              ],
              clientConfig: {
                url: `https://localhost:${port}/`,
                caBundle: Buffer.from(ca.certificate).toString('base64'),
              },
            },
          ],
        },
      });
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'noted' } };
      const { headers } = await https.ask('POST', maps, { body });
      const [, { annotations }] = await eventsOf(headers['audit-id']);
      expect(annotations['noting.example.com/seen']).to.equal('noted');
      expect(Object.keys(annotations)).to.have.length(3);
    } finally {
      webhook.closeAllConnections();
      webhook.close();
    }
  });

  it('is counted', async () => {
    const metrics: string = await https.must('GET', '/metrics');
    expect(metrics).to.match(/^apiserver_audit_event_total [1-9]/m);
    expect(metrics).to.match(/^apiserver_audit_error_total\{plugin="buffered"\} 0$/m);
    expect(metrics).to.match(/^apiserver_audit_level_total\{level="RequestResponse"\} [1-9]/m);
  });

  it('keeps a hub from starting whose policy is none', async () => {
    const start = (...args: string[]) =>
      run(kelpProgram, ['hub', '--data-dir', join(cluster.directory, 'other'), ...args]);
    const wrong = join(cluster.directory, 'wrong.yaml');
    writeFileSync(wrong, policy.replace('level: None', 'level: Nothing'));
    const bad = await start('--audit-policy-file', wrong, '--audit-log-path', path);
    expect(bad.code).to.equal(1);
    expect(bad.stderr).to.contain(
      `${wrong}: rules[0].level: Unsupported value: "Nothing": supported values:`,
    );
    const lone = await start('--audit-log-path', path);
    expect(lone.stderr).to.contain(
      'auditLogPath: nothing says what is to be logged: set auditPolicyFile too',
    );
  });
});
