// What Helm's client asks of a cluster, in its order: discovery, releases kept as labelled Secrets, OpenAPI that is not
// fetched twice, objects tried before they are made, a three-way patch, a watch until they are ready, and the end of it.

import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { TestCluster } from '../../support/cluster.ts';
import { HttpsJson, type Json } from '../../support/https-json.ts';
import { until } from '../../support/until.ts';

const namespace = 'releases';
const inNamespace = `/api/v1/namespaces/${namespace}`;
const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
const owned = encodeURIComponent('name=shop,owner=helm');
const manager = 'fieldManager=helm';

function release(version: number, status: string): Json {
  const data = Buffer.from(gzipSync(JSON.stringify({ name: 'shop', version })).toString('base64'));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `sh.helm.release.v1.shop.v${version}`,
      labels: { name: 'shop', owner: 'helm', status, version: `${version}` },
    },
    type: 'helm.sh/release.v1',
    data: { release: data.toString('base64') },
  };
}

function shop(image: string): Json {
  const labels = { 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/managed-by': 'Helm' };
  const selector = { 'app.kubernetes.io/name': 'shop' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', labels, annotations: { 'meta.helm.sh/release-name': 'shop' } },
    spec: {
      replicas: 0,
      selector: { matchLabels: selector },
      template: { metadata: { labels: selector }, spec: { containers: [{ name: 'shop', image }] } },
    },
  };
}

describe('what Helm asks', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  let api: HttpsJson;

  before(async () => {
    await cluster.startHub();
    api = new HttpsJson(cluster.server, cluster.kubeconfig);
  });
  after(async () => {
    api?.close();
    await cluster.close();
  });

  it('is answered: what there is, in one document', async () => {
    const accept =
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';
    const { headers, body } = await api.ask('GET', '/apis', { accept });
    expect(body.kind).to.equal('APIGroupDiscoveryList');
    const known = await api.ask('GET', '/apis', {
      accept,
      headers: { 'if-none-match': `${headers.etag}` },
    });
    expect([known.code, known.body]).to.deep.equal([304, '']);
  });

  it('is answered: types of a group, once', async () => {
    const { paths } = await api.must('GET', '/openapi/v3');
    const url = paths['apis/apps/v1'].serverRelativeURL;
    const { headers, body } = await api.ask('GET', url);
    expect(body.components.schemas).to.include.keys('io.k8s.api.apps.v1.Deployment');
    const known = await api.ask('GET', url, { headers: { 'if-none-match': `${headers.etag}` } });
    expect(known.code).to.equal(304);
    const second = await api.ask('GET', '/openapi/v2');
    expect(second.body.swagger).to.equal('2.0');
    const again = await api.ask('GET', '/openapi/v2', {
      headers: { 'if-none-match': `${second.headers.etag}` },
    });
    expect(again.code).to.equal(304);
  });

  it('is done: a release is installed', async () => {
    const missing = await api.ask('GET', `${inNamespace}/secrets?labelSelector=${owned}`);
    expect([missing.code, missing.body.items]).to.deep.equal([200, []]);
    const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    expect((await api.ask('POST', '/api/v1/namespaces', { body: made })).code).to.equal(201);
    await api.must('POST', `${inNamespace}/secrets`, { body: release(1, 'pending-install') });
    const tried = await api.ask('POST', `${deployments}?dryRun=All&${manager}`, { body: shop('shop:1') });
    expect([tried.code, tried.body.spec.strategy.type]).to.deep.equal([201, 'RollingUpdate']);
    expect((await api.ask('GET', `${deployments}/shop`)).code).to.equal(404);
    await api.must('POST', `${deployments}?${manager}&fieldValidation=Warn`, { body: shop('shop:1') });
    await api.must('PUT', `${inNamespace}/secrets/${release(1, '').metadata.name}`, {
      body: release(1, 'deployed'),
    });
  });

  it('is told when it is ready', async () => {
    const named = encodeURIComponent('metadata.name=shop');
    const { metadata } = await api.must('GET', `${deployments}?fieldSelector=${named}`);
    const query = `watch=true&fieldSelector=${named}&allowWatchBookmarks=true&resourceVersion=${metadata.resourceVersion}`;
    const events = await api.watch(`${deployments}?${query}`);
    const annotations = { touched: 'yes' };
    await api.must('PATCH', `${deployments}/shop`, {
      body: { metadata: { annotations } },
      contentType: 'application/merge-patch+json',
    });
    await until('the Deployment is ready', () =>
      events.some(({ object: { metadata, status } }) => {
        const isSeen = status?.observedGeneration >= metadata.generation;
        return (
          isSeen &&
          status.conditions?.some((each: Json) => each.type === 'Available' && each.status === 'True')
        );
      }),
    );
  });

  it('is done: an upgrade by a three-way patch, as by server-side apply', async () => {
    const [was, will] = [shop('shop:1'), shop('shop:2')];
    await api.must('POST', `${inNamespace}/secrets`, { body: release(2, 'pending-upgrade') });
    const container = [{ name: 'shop', image: 'shop:2' }];
    const $setElementOrder = [{ name: 'shop' }];
    const spec = { '$setElementOrder/containers': $setElementOrder, containers: container };
    const patched = await api.must('PATCH', `${deployments}/shop?${manager}`, {
      body: { spec: { template: { spec } } },
      contentType: 'application/strategic-merge-patch+json',
    });
    expect(patched.spec.template.spec.containers[0].image).to.equal('shop:2');
    const apply = (body: Json, query = '') =>
      api.ask('PATCH', `${deployments}/shop?fieldManager=other${query}`, {
        body,
        contentType: 'application/apply-patch+yaml',
      });
    const conflict = await apply(was);
    expect([conflict.code, conflict.body.reason]).to.deep.equal([409, 'Conflict']);
    expect(conflict.body.message).to.include('conflict with "helm"').and.include('.image');
    expect((await apply(will)).code).to.equal(200);
    expect((await apply(was, '&force=true')).body.spec.template.spec.containers[0].image).to.equal('shop:1');
  });

  it('is done: releases in their order, and none is left', async () => {
    const deployed = encodeURIComponent('name=shop,owner=helm,status in (deployed,superseded)');
    const { items } = await api.must('GET', `${inNamespace}/secrets?labelSelector=${deployed}`);
    expect(items.map(({ metadata }: Json) => metadata.labels.version)).to.deep.equal(['1']);
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };
    await api.must('DELETE', `${deployments}/shop`, { body });
    await api.must('DELETE', `${inNamespace}/secrets?labelSelector=${owned}`);
    await until(
      'the Deployment is gone',
      async () => (await api.ask('GET', `${deployments}/shop`)).code === 404,
    );
    expect((await api.must('GET', `${inNamespace}/secrets?labelSelector=${owned}`)).items).to.deep.equal([]);
  });
});
