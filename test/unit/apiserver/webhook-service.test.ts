// A webhook that runs as a pod on a board: the hub reaches it through the board's agent.

import { once } from 'node:events';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import { expect } from 'chai';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import { certificateTask } from '../../../shared/pki/index.ts';
import { startApiServer } from '../../support/apiserver.ts';

const group = '/apis/admissionregistration.k8s.io/v1';

describe('a webhook behind a service', () => {
  it('is asked through the agent of its pod, and believed by the name of its service', async () => {
    const ca = await certificateTask('authority', { commonName: 'hooks', days: 1 });
    const subject = { commonName: 'hook', organizations: [] };
    const options = { subject, usages: ['server' as const], dnsNames: ['hook.default.svc'], days: 1 };
    const { certificate: cert, key } = await certificateTask('issue', { ca, options });
    const hosts: (string | undefined)[] = [];
    const webhook = createServer({ cert, key }, async (request, response) => {
      hosts.push(request.headers.host);
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const { request: asked, ...review } = JSON.parse(Buffer.concat(parts).toString());
      const status = { message: 'not on my board' };
      response.end(JSON.stringify({ ...review, response: { uid: asked.uid, allowed: false, status } }));
    });
    webhook.listen(0, '127.0.0.1');
    await once(webhook, 'listening');
    const { port } = Object(webhook.address());
    const opened: object[] = [];
    const server = await startApiServer({
      admission: createAdmission,
      nodeStreams: {
        check: () => {},
        open: async (node, request) => {
          opened.push({ node, ...request });
          return connect(port, '127.0.0.1');
        },
      },
    });
    const post = (path: string, body: object) => server.must('POST', path, { body });
    await post('/api/v1/namespaces', { metadata: { name: 'default' } });
    await post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    await post('/api/v1/namespaces/default/pods', {
      metadata: { name: 'hook-0' },
      spec: { nodeName: 'pi-1', containers: [{ name: 'c', image: 'i' }] },
    });
    await post('/api/v1/namespaces/default/services', {
      metadata: { name: 'hook' },
      spec: { ports: [{ port: 443 }] },
    });
    await post('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      metadata: { name: 'hook', labels: { 'kubernetes.io/service-name': 'hook' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.1.2.3'], targetRef: { kind: 'Pod', name: 'hook-0' } }],
      ports: [{ name: '', port: 9443 }],
    });
    const configure = (name: string, caBundle: string, service: object = { name: 'hook', path: '/v' }) =>
      post(`${group}/validatingwebhookconfigurations`, {
        metadata: { name },
        webhooks: [
          {
            name: 'pods.example.com',
            ...{ admissionReviewVersions: ['v1'], sideEffects: 'None' },
            rules: [
              { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] },
            ],
            clientConfig: { service: { namespace: 'default', ...service }, caBundle },
          },
        ],
      });
    const create = () =>
      server.ask('POST', '/api/v1/namespaces/default/configmaps', { body: { metadata: { name: 'one' } } });
    await configure('right', Buffer.from(ca.certificate).toString('base64'));
    expect((await create()).body.message).to.equal(
      'admission webhook "pods.example.com" denied the request: not on my board',
    );
    expect(opened).to.have.length(1);
    expect(opened[0]).to.include({ node: 'pi-1', kind: 'port', pod: 'hook-0', port: 9443 });
    expect(hosts).to.deep.equal(['hook.default.svc']);
    await server.must('DELETE', `${group}/validatingwebhookconfigurations/right`);
    const other = await certificateTask('authority', { commonName: 'others', days: 1 });
    await configure('wrong', Buffer.from(other.certificate).toString('base64'), { name: 'hook', path: '' });
    expect((await create()).body.message).to.equal(
      'Internal error occurred: failed calling webhook "pods.example.com": failed to call webhook: Post "https://hook.default.svc:443/?timeout=10s": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    );
    await server.must('DELETE', `${group}/validatingwebhookconfigurations/wrong`);
    await post('/api/v1/namespaces/default/services', {
      metadata: { name: 'alias' },
      spec: { type: 'ExternalName', externalName: '127.0.0.1' },
    });
    await configure('alias', Buffer.from(ca.certificate).toString('base64'), { name: 'alias', port });
    expect((await create()).body.message).to.contain(
      'tls: failed to verify certificate: x509: certificate is valid for hook.default.svc, not alias.default.svc',
    );
    await server.stop();
    webhook.closeAllConnections();
    webhook.close();
  });
});
