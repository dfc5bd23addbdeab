// API aggregation: a real API server of somebody else behind a real hub, used with kubectl.

import { once } from 'node:events';
import { request } from 'node:https';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { systemClock } from '../../../shared/base/index.ts';
import { MqttBus, RpcClient } from '../../../shared/bus/index.ts';
import {
  eventually,
  kubectls,
  type RunResult,
  run,
  skipWithout,
  TestCluster,
} from '../../support/cluster.ts';
import { ExtensionServer, groupVersion } from '../../support/extension-server.ts';
import { HttpsJson, type Json } from '../../support/https-json.ts';

const apiService = '/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.wardle.example.com';
const services = '/api/v1/namespaces/default/services';
const service = {
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'wardle' } },
  spec: { type: 'ExternalName', externalName: 'localhost' },
};
const flunders = `/apis/${groupVersion}/namespaces/default/flunders`;

describe('an aggregated API server', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  let program = '';
  let https: HttpsJson;
  let extension: ExtensionServer;

  before(async function () {
    const [newest] = kubectls().filter(({ version }) => version !== '1.20');
    if (!newest) skipWithout(this, 'kubectl', 'kubernetes-client');
    program = newest.path;
    await cluster.startHub();
    https = new HttpsJson(cluster.server, cluster.kubeconfig);
    const config = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
    const { data } = await https.must('GET', config);
    expect(data['requestheader-username-headers']).to.equal('["X-Remote-User"]');
    expect(data['requestheader-extra-headers-prefix']).to.equal('["X-Remote-Extra-"]');
    extension = new ExtensionServer({
      requestHeaderCa: data['requestheader-client-ca-file'],
      allowedNames: JSON.parse(data['requestheader-allowed-names']),
      dnsNames: ['wardle.default.svc'],
    });
    await extension.start();
  });

  after(async () => {
    https?.close();
    await extension?.stop();
    await cluster.close();
  });

  const kubectl = (args: string, input?: string): Promise<RunResult> =>
    run(program, args.split(' '), {
      env: { KUBECONFIG: cluster.kubeconfig, HOME: cluster.directory },
      ...(input !== undefined && { input }),
    });

  /** As aggregated discovery has it. */
  const discovered = async (): Promise<Json> => {
    const { items } = await https.must('GET', '/apis', {
      accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    });
    return items.find(({ metadata }: Json) => metadata.name === 'wardle.example.com');
  };

  /** What answers an upgrade, and the connection that it leaves. */
  async function upgrade(path: string): Promise<{ code: number; text: string; socket: Duplex }> {
    const asked = request(`${cluster.server}${flunders}/${path}`, {
      headers: { connection: 'Upgrade', upgrade: 'echo', authorization: `Bearer ${cluster.adminToken}` },
      ...{ ca: cluster.ca, agent: false },
    });
    asked.end();
    const upgraded = once(asked, 'upgrade');
    const answered = once(asked, 'response');
    const [response, socket] = await Promise.race([upgraded, answered]);
    for (const other of [upgraded, answered]) other.catch(() => undefined);
    const chunks: Buffer[] = [];
    if (!socket) for await (const chunk of response) chunks.push(chunk);
    return { code: response.statusCode, text: Buffer.concat(chunks).toString(), socket };
  }

  const available = (reason: string) =>
    eventually(`Available for the reason ${reason}`, async () => {
      const { status } = await https.must('GET', apiService);
      return status?.conditions?.find((each: { reason: string }) => each.reason === reason);
    });

  it('is unavailable while there is no such service', async () => {
    const caBundle = Buffer.from(extension.ca).toString('base64');
    const applied = await kubectl(
      'apply -f -',
      `apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: { name: v1alpha1.wardle.example.com }
spec:
  group: wardle.example.com
  version: v1alpha1
  groupPriorityMinimum: 2000
  versionPriority: 200
  caBundle: ${caBundle}
  service: { namespace: default, name: wardle, port: ${extension.port} }
`,
    );
    expect(applied.code, applied.stderr).to.equal(0);
    expect(await available('ServiceNotFound')).to.include({
      status: 'False',
      message: 'service/wardle in "default" is not present',
    });
    expect((await kubectl('get apiservice v1alpha1.wardle.example.com --no-headers')).stdout).to.match(
      /default\/wardle +False \(ServiceNotFound\)/,
    );
    const refused = await https.ask('GET', flunders);
    expect(refused.code).to.equal(503);
    expect(refused.body).to.equal('service unavailable\n');
    expect(refused.headers).to.include({
      ...{ 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    });
    expect(await upgrade('one/connect')).to.deep.include({ code: 503, text: 'service unavailable\n' });
    expect((await discovered()).versions).to.deep.equal([
      { version: 'v1alpha1', resources: [], freshness: 'Stale' },
    ]);
  });

  it('is available once it answers, and is discovered', async () => {
    await https.must('POST', services, { body: service });
    expect(await available('Passed')).to.include({ status: 'True', message: 'all checks passed' });
    expect((await kubectl('api-resources --api-group=wardle.example.com --no-headers')).stdout).to.match(
      /^flunders +fl +wardle.example.com\/v1alpha1 +true +Flunder\n$/,
    );
    const groups = await https.must('GET', '/apis');
    expect(groups.groups.map(({ name }: { name: string }) => name)).to.include('wardle.example.com');
    expect((await https.must('GET', '/apis/wardle.example.com')).versions).to.deep.equal([
      { groupVersion, version: 'v1alpha1' },
    ]);
    expect((await https.must('GET', '/openapi/v3')).paths[`apis/${groupVersion}`].serverRelativeURL).to.equal(
      `/openapi/v3/apis/${groupVersion}?hash=1`,
    );
    const { paths, definitions } = await https.must('GET', '/openapi/v2');
    expect(paths[`/apis/${groupVersion}/`].get.responses[200].schema.$ref).to.equal(
      '#/definitions/io.k8s.api.core.v1.Pod_v2',
    );
    expect(paths['/api/v1/pods'].get.description).to.contain('Pod');
    expect(definitions['io.k8s.api.core.v1.Pod'].properties).to.have.property('spec');
    expect(definitions['io.k8s.api.core.v1.Pod_v2'].description).to.equal('It is another here.');
    expect(definitions).to.have.property('com.example.wardle.v1alpha1.Flunder');
    const proto = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
    expect(await https.must('GET', '/openapi/v2', { accept: proto })).to.contain(
      'com.example.wardle.v1alpha1.Flunder',
    );
    expect((await kubectl('explain flunder.reference')).stdout).to.contain('What it refers to.');
  });

  it('takes writes and reads, and is told who asks', async () => {
    const manifest = { apiVersion: groupVersion, kind: 'Flunder', metadata: { name: 'one' } };
    const created = await kubectl('create --validate=false -f -', JSON.stringify(manifest));
    expect(created.stdout, created.stderr).to.equal('flunder.wardle.example.com/one created\n');
    expect((await kubectl('get fl one -o name')).stdout).to.equal('flunder.wardle.example.com/one\n');
    extension.asked.length = 0;
    // A client's own word on who it is counts for nothing.
    const headers = { 'x-remote-user': 'somebody', 'x-remote-group': 'system:masters' };
    await https.must('GET', `${flunders}/one`, { headers: { ...headers, authorization: 'Bearer none' } });
    expect(extension.asked).to.deep.equal([
      {
        ...{ method: 'GET', url: `${flunders}/one`, user: 'kubernetes-admin' },
        groups: ['system:masters', 'system:authenticated'],
      },
    ]);
    const missing = await https.ask('GET', `${flunders}/two?pretty=true`);
    expect(missing.code).to.equal(404);
  });

  it('is told the uid of who asks, and whatever else is known, also in letters of any language', async () => {
    const { code } = await https.ask('GET', `${flunders}/one`, {
      headers: {
        ...{ 'impersonate-user': 'jürgen', 'impersonate-uid': '12', 'impersonate-group': 'system:masters' },
        'impersonate-extra-example.com%2fteam%28s%29': 'blue',
        ...{ 'x-remote-uid': '13', 'x-forwarded-for': '192.0.2.7' },
      },
    });
    expect(code).to.equal(200);
    const { headers } = extension;
    const text = (name: string) => Buffer.from(String(headers[name]), 'latin1').toString();
    expect(text('x-remote-user')).to.equal('jürgen');
    expect(text('x-remote-uid')).to.equal('12');
    expect(text('x-remote-extra-example.com%2fteam%28s%29')).to.equal('blue');
    expect(text('x-forwarded-for')).to.equal('192.0.2.7, 127.0.0.1');
    expect(text('x-forwarded-uri')).to.equal(`${flunders}/one`);
    expect(Object.keys(headers).filter((name) => name.startsWith('impersonate-'))).to.deep.equal([]);
  });

  it('may not send its clients elsewhere', async () => {
    const { code, body, headers } = await https.ask('GET', `${flunders}/moved`);
    expect([code, body]).to.deep.equal([
      ...[502, 'the backend attempted to redirect this request, which is not permitted'],
    ]);
    expect(headers.location).to.equal(undefined);
  });

  it('streams its watches', async () => {
    const events = await https.watch(`${flunders}?watch=true`);
    await https.must('POST', flunders, { body: { metadata: { name: 'two' } } });
    const event = await eventually('the event', () => events[0]);
    expect(event.object.metadata.name).to.equal('two');
  });

  it('is asked over few connections, and over a new one when it was away', async () => {
    const before = extension.connections;
    for (let count = 0; count < 20; count += 1) await https.must('GET', `${flunders}/one`);
    await https.must('POST', flunders, { body: { metadata: { name: 'pooled' } } });
    expect(extension.connections - before).to.be.at.most(2);
    const { port } = extension;
    await extension.stop();
    expect((await https.ask('GET', `${flunders}/one`)).code).to.equal(503);
    await extension.start(port);
    await https.must('PATCH', apiService, {
      body: { spec: { caBundle: Buffer.from(extension.ca).toString('base64') } },
      contentType: 'application/merge-patch+json',
    });
    expect(
      (
        await eventually('it to be back', async () => {
          const answer = await https.ask('GET', `${flunders}/one`);
          return answer.code === 200 ? answer : undefined;
        })
      ).body.metadata.name,
    ).to.equal('one');
  });

  it('is asked over MQTT too', async () => {
    const bus = new MqttBus({
      address: () => ({ host: '127.0.0.1', port: cluster.mqttPort }),
      ...{ clientId: 'wardle-rpc', tls: { ca: cluster.ca }, token: cluster.adminToken },
    });
    await bus.connect();
    const rpc = new RpcClient({ bus, client: 'wardle-rpc', clock: systemClock });
    try {
      await rpc.start();
      extension.asked.length = 0;
      const body = { apiVersion: groupVersion, kind: 'Flunder', metadata: { name: 'by-mqtt' } };
      const created = await rpc.request({ method: 'POST', path: flunders, body });
      expect(created).to.deep.include({ code: 201 });
      expect(extension.asked[0]).to.deep.include({ method: 'POST', user: 'kubernetes-admin' });
      const { body: read } = await rpc.request({ method: 'GET', path: `${flunders}/by-mqtt` });
      expect(read).to.have.nested.property('metadata.name', 'by-mqtt');
      expect((await rpc.request({ method: 'GET', path: `${flunders}/none` })).code).to.equal(404);
      const watching = rpc.request({ method: 'GET', path: `${flunders}?watch=true&timeoutSeconds=2` });
      await eventually('the watch', () => extension.watching || undefined);
      await rpc.request({ method: 'POST', path: flunders, body: { metadata: { name: 'watched' } } });
      const { code, body: events } = await watching;
      expect(code).to.equal(200);
      expect(events).to.have.nested.property('[0].object.metadata.name', 'watched');
    } finally {
      await rpc.stop();
      await bus.close();
    }
  });

  it('may upgrade its connections', async () => {
    const { code, socket } = await upgrade('one/connect');
    expect(code).to.equal(101);
    socket.write('hello');
    const [data] = await once(socket, 'data');
    expect(String(data)).to.equal('hello');
    socket.destroy();
    expect(await upgrade('one/plain')).to.deep.include({
      ...{ code: 503, text: 'invalid upgrade response: status code 200\n' },
    });
  });

  it('is refused to whom it is not allowed, before it is asked', async () => {
    extension.asked.length = 0;
    const stranger = new HttpsJson(cluster.server, cluster.kubeconfig, { certificate: false });
    const { code, body } = await stranger.ask('GET', flunders);
    stranger.close();
    expect(code).to.equal(403);
    expect(body.message).to.contain('flunders.wardle.example.com is forbidden');
    expect(extension.asked).to.deep.equal([]);
  });

  it('is not believed with a certificate of another CA', async () => {
    const patch = (spec: object) =>
      https.must('PATCH', apiService, { body: { spec }, contentType: 'application/merge-patch+json' });
    await patch({ caBundle: Buffer.from(cluster.ca).toString('base64') });
    const wrong =
      'error trying to reach service: tls: failed to verify certificate: x509: certificate signed by unknown authority\n';
    const { code, body } = await https.ask('GET', `${flunders}/one`);
    expect([code, body]).to.deep.equal([503, wrong]);
    expect(await upgrade('one/connect')).to.deep.include({ code: 503, text: wrong });
    await patch({ caBundle: null, insecureSkipTLSVerify: true });
    expect((await https.ask('GET', `${flunders}/one`)).code).to.equal(200);
  });

  it('loses what it has in a namespace that goes, which waits for its word', async () => {
    const leaving = '/api/v1/namespaces/leaving';
    const inThere = `/apis/${groupVersion}/namespaces/leaving/flunders`;
    await https.must('POST', '/api/v1/namespaces', { body: { metadata: { name: 'leaving' } } });
    await https.must('POST', inThere, { body: { metadata: { name: 'inside' } } });
    await https.must('DELETE', `${services}/wardle`);
    await available('ServiceNotFound');
    const [version] = (await discovered()).versions;
    expect(version.freshness).to.equal('Stale');
    expect(version.resources[0]).to.include({ resource: 'flunders', scope: 'Namespaced' });
    await https.must('DELETE', leaving);
    const condition = await eventually('the namespace to wait', async () => {
      const { status } = await https.must('GET', leaving);
      return status?.conditions?.find(
        ({ type }: { type: string }) => type === 'NamespaceDeletionDiscoveryFailure',
      );
    });
    expect(condition).to.deep.include({
      ...{ status: 'True', reason: 'DiscoveryFailed' },
      message: `Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: ${groupVersion}: stale GroupVersion discovery: ${groupVersion}`,
    });
    await https.must('POST', services, { body: service });
    await available('Passed');
    await eventually('the namespace to be gone', async () => {
      const { code } = await https.ask('GET', leaving);
      return code === 404 || undefined;
    });
    const deletions = extension.asked.filter(({ method }) => method === 'DELETE');
    expect(deletions).to.have.length(1);
    expect(deletions[0]).to.deep.include({
      url: `${inThere}/inside`,
      user: 'system:serviceaccount:kube-system:namespace-controller',
    });
    expect((await https.must('GET', inThere)).items).to.deep.equal([]);
  });

  it('is gone with its APIService', async () => {
    expect((await kubectl('delete apiservice v1alpha1.wardle.example.com')).code).to.equal(0);
    const { code, body } = await https.ask('GET', flunders);
    expect(code).to.equal(404);
    expect(body.message).to.equal('the server could not find the requested resource');
  });
});
