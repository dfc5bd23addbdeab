// What the audit log tells of the webhooks that a write goes through: a real HTTPS server on loopback.

import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import {
  type ApiServerFixture,
  admin,
  configMap,
  namespace,
  startApiServer,
} from '../../support/apiserver.ts';
import { AuditEvents } from '../../support/audit-events.ts';
import { makeCertificates } from '../../support/certificates.ts';

const group = '/apis/admissionregistration.k8s.io/v1';
const maps = '/api/v1/namespaces/default/configmaps';

describe('the audit log of webhooks', () => {
  let server: ApiServerFixture;
  let webhook: Server;
  let clientConfig: { caBundle: string; url: string };
  /** By path: what a webhook changes; of others the connection breaks off. */
  const patches: Record<string, object[]> = {
    '/one': [{ value: '<1>', op: 'add', path: '/data/one' }],
    '/same': [{ op: 'replace', path: '/data/a', value: 'b' }],
    '/none': [],
  };

  before(async () => {
    const { ca, server: pair } = await makeCertificates();
    webhook = createServer({ key: pair.key, cert: pair.certificate }, async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const { kind, apiVersion, request: asked } = JSON.parse(Buffer.concat(parts).toString());
      const operations = patches[(request.url ?? '').split('?')[0] ?? ''];
      if (!operations) return response.destroy();
      const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
      const patched = operations.length > 0 && { patch, patchType: 'JSONPatch' };
      const answer = { uid: asked.uid, allowed: true, ...patched };
      response.end(JSON.stringify({ kind, apiVersion, response: answer }));
    });
    webhook.listen(0, '127.0.0.1');
    await once(webhook, 'listening');
    const { port }: Partial<AddressInfo> = Object(webhook.address());
    const caBundle = Buffer.from(ca.certificate).toString('base64');
    clientConfig = { caBundle, url: `https://localhost:${port}` };
  });

  beforeEach(async () => {
    server = await startApiServer({ admission: createAdmission });
    await server.must('POST', '/api/v1/namespaces', { body: namespace('default') });
  });
  afterEach(() => server.stop());
  after(() => {
    webhook.close();
    webhook.closeAllConnections();
  });

  async function configure(kind: 'Mutating' | 'Validating', name: string, ...webhooks: object[]) {
    const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] };
    const body = {
      ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: `${kind}WebhookConfiguration` },
      metadata: { name },
      webhooks: webhooks.map((each, index) => ({
        ...{ name: `w${index}.example.com`, admissionReviewVersions: ['v1'], sideEffects: 'None' },
        ...{ rules: [rule], clientConfig: { ...clientConfig, url: `${clientConfig.url}/${name}` } },
        ...each,
      })),
    };
    await server.must('POST', `${group}/${kind.toLowerCase()}webhookconfigurations`, { body });
  }

  /** What webhooks are noted for, of a write that succeeds. */
  async function noted(level: 'Metadata' | 'Request', name: string): Promise<Record<string, string>> {
    const events = new AuditEvents({ rules: [{ level }] });
    const audit = events.auditor.begin({ method: 'POST', path: maps, user: admin, sourceIps: [] });
    const body = configMap(name, { data: { a: 'b' } });
    const answer = await server.handle('POST', maps, { body, audit });
    audit.answers(answer);
    audit.ends();
    const { annotations, responseStatus } = (await events.all()).at(-1);
    expect(responseStatus.code).to.equal(201);
    return Object.fromEntries(
      Object.entries<string>(annotations).filter(([key]) => key.includes('.webhook.admission.k8s.io/')),
    );
  }

  it('has who was asked, in which round, and who changed something', async () => {
    await configure('Mutating', 'none', { reinvocationPolicy: 'IfNeeded' }, { rules: [] });
    await configure('Mutating', 'one', {});
    await configure('Mutating', 'same', {});
    const said = (configuration: string, mutated: boolean) =>
      `{"configuration":"${configuration}","webhook":"w0.example.com","mutated":${mutated}}`;
    const mutations = {
      'mutation.webhook.admission.k8s.io/round_0_index_0': said('none', false),
      'mutation.webhook.admission.k8s.io/round_0_index_2': said('one', true),
      'mutation.webhook.admission.k8s.io/round_0_index_3': said('same', false),
      'mutation.webhook.admission.k8s.io/round_1_index_0': said('none', false),
    };
    expect(await noted('Metadata', 'spare')).to.deep.equal(mutations);
    const patch = (configuration: string, operation: string) =>
      `{"configuration":"${configuration}","webhook":"w0.example.com","patch":[${operation}],"patchType":"JSONPatch"}`;
    expect(await noted('Request', 'full')).to.deep.equal({
      ...mutations,
      'patch.webhook.admission.k8s.io/round_0_index_2': patch(
        'one',
        String.raw`{"op":"add","path":"/data/one","value":"\u003c1\u003e"}`,
      ),
      'patch.webhook.admission.k8s.io/round_0_index_3': patch(
        'same',
        '{"op":"replace","path":"/data/a","value":"b"}',
      ),
    });
  });

  it('has who failed, and may', async () => {
    await configure('Mutating', 'broken', { failurePolicy: 'Ignore' });
    await configure('Validating', 'broken', { rules: [] }, { failurePolicy: 'Ignore' });
    expect(await noted('Metadata', 'kept')).to.deep.equal({
      'failed-open.mutation.webhook.admission.k8s.io/round_0_index_0': 'w0.example.com',
      'mutation.webhook.admission.k8s.io/round_0_index_0':
        '{"configuration":"broken","webhook":"w0.example.com","mutated":false}',
      'failed-open.validating.webhook.admission.k8s.io/round_0_index_0': 'w1.example.com',
    });
  });
});
