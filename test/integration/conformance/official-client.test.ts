// The official JavaScript client, unmodified, from the hub's kubeconfig: its typed API, its Watch, its informer.

import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  VersionApi,
  Watch,
} from '@kubernetes/client-node';
import { expect } from 'chai';
import { TestCluster } from '../../support/cluster.ts';
import { until } from '../../support/until.ts';

const namespace = 'official';

describe('the official JavaScript client', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  const config = new KubeConfig();
  let core: CoreV1Api;

  before(async () => {
    await cluster.startHub();
    config.loadFromFile(cluster.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: namespace } } });
  });
  after(() => cluster.close());

  const configMap = (name: string, data: Record<string, string> = {}): V1ConfigMap => ({
    metadata: { name, labels: { app: 'official' } },
    data,
  });

  it('writes and reads through its typed API', async () => {
    const created = await core.createNamespacedConfigMap({ namespace, body: configMap('typed', { a: '1' }) });
    expect(created.metadata?.creationTimestamp).to.be.instanceOf(Date);
    const read = await core.readNamespacedConfigMap({ namespace, name: 'typed' });
    expect(read).to.deep.equal(created);
    const replaced = await core.replaceNamespacedConfigMap({
      namespace,
      name: 'typed',
      body: { ...read, data: { a: '2' } },
    });
    expect(replaced.data).to.deep.equal({ a: '2' });
    const patched = await core.patchNamespacedConfigMap(
      { namespace, name: 'typed', body: { data: { b: '3' } } },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );
    expect(patched.data).to.deep.equal({ a: '2', b: '3' });
    const conflict = await failure(core.replaceNamespacedConfigMap({ namespace, name: 'typed', body: read }));
    expect(conflict.code).to.equal(409);
    const all = await core.listConfigMapForAllNamespaces({ labelSelector: 'app=official' });
    expect(all.items.map(({ metadata }) => metadata?.name)).to.deep.equal(['typed']);
    await core.deleteNamespacedConfigMap({ namespace, name: 'typed' });
    const gone = await failure(core.readNamespacedConfigMap({ namespace, name: 'typed' }));
    expect(gone.code).to.equal(404);
    expect(JSON.parse(gone.body)).to.include({ kind: 'Status', reason: 'NotFound' });
  });

  it('lists in pages', async () => {
    for (const name of ['page-1', 'page-2', 'page-3'])
      await core.createNamespacedConfigMap({
        namespace,
        body: { metadata: { name, labels: { in: 'pages' } } },
      });
    const first = await core.listNamespacedConfigMap({ namespace, labelSelector: 'in=pages', limit: 2 });
    expect(first.items).to.have.lengthOf(2);
    const rest = await core.listNamespacedConfigMap({
      namespace,
      labelSelector: 'in=pages',
      limit: 2,
      _continue: first.metadata?._continue ?? '',
    });
    expect(rest.items.map(({ metadata }) => metadata?.name)).to.deep.equal(['page-3']);
    expect(rest.metadata?._continue).to.equal(undefined);
    await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'in=pages' });
    const none = await core.listNamespacedConfigMap({ namespace, labelSelector: 'in=pages' });
    expect(none.items).to.deep.equal([]);
  });

  it('scales and rolls out a Deployment', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const labels = { app: 'scaled' };
    await apps.createNamespacedDeployment({
      namespace,
      body: {
        metadata: { name: 'scaled' },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
        },
      },
    });
    const scale = await apps.patchNamespacedDeploymentScale(
      { namespace, name: 'scaled', body: { spec: { replicas: 3 } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    expect(scale.spec?.replicas).to.equal(3);
    await until('three pods', async () => {
      const { items } = await core.listNamespacedPod({ namespace, labelSelector: 'app=scaled' });
      return items.length === 3;
    });
    await apps.deleteNamespacedDeployment({ namespace, name: 'scaled', propagationPolicy: 'Foreground' });
    await until('no pods', async () => {
      const { items } = await core.listNamespacedPod({ namespace, labelSelector: 'app=scaled' });
      return items.length === 0;
    });
  });

  it('takes what it does not know, by discovery alone', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'found', namespace },
    };
    await objects.create({ ...lease, spec: { holderIdentity: 'me' } });
    expect(await objects.read(lease)).to.deep.include({ kind: 'Lease' });
    await objects
      .patch(
        { ...lease, spec: { holderIdentity: 'you' } },
        undefined,
        undefined,
        'test',
        undefined,
        PatchStrategy.ServerSideApply,
      )
      .then(
        () => expect.fail('someone else owns the field'),
        (error: ApiException<unknown>) => expect(error.code).to.equal(409),
      );
    await objects.delete(lease);
    const version = await config.makeApiClient(VersionApi).getCode();
    expect(Number(version.minor.replace('+', ''))).to.be.at.least(30);
  });

  it('takes a custom resource from the moment that it is defined', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    // The client writes such names in its own way, and turns them back.
    const schema = { openAPIV3Schema: { type: 'object', x_kubernetes_preserve_unknown_fields: true } };
    await objects.create({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'gauges.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'gauges', kind: 'Gauge' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    const gauge = { apiVersion: 'example.com/v1', kind: 'Gauge', metadata: { name: 'g', namespace } };
    const value = (volts: number) => ({ ...gauge, spec: { volts } });
    const made = await until('a gauge', () => objects.create(value(1)).catch(() => undefined));
    expect(made).to.deep.include({ kind: 'Gauge', spec: { volts: 1 } });
    const patch = (strategy: PatchStrategy, volts: number, force?: boolean) =>
      objects.patch(value(volts), undefined, undefined, 'test', force, strategy);
    expect(await patch(PatchStrategy.MergePatch, 2)).to.deep.include({ spec: { volts: 2 } });
    expect(await patch(PatchStrategy.ServerSideApply, 3, true)).to.deep.include({ spec: { volts: 3 } });
    const { items } = await objects.list('example.com/v1', 'Gauge', namespace);
    expect(items.map(({ metadata }) => metadata?.name)).to.deep.equal(['g']);
    await objects.delete(gauge);
    expect((await failure(objects.read(gauge))).code).to.equal(404);
  });

  it('watches', async () => {
    const seen: [string, string][] = [];
    const { metadata } = await core.listNamespacedConfigMap({ namespace });
    let ended: unknown;
    const request = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      { resourceVersion: metadata?.resourceVersion ?? '', labelSelector: 'app=official' },
      (type: string, object: V1ConfigMap) => seen.push([type, object.metadata?.name ?? '']),
      (error: unknown) => {
        ended = error ?? 'ended';
      },
    );
    await core.createNamespacedConfigMap({ namespace, body: configMap('watched') });
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'not-selected' } } });
    await core.replaceNamespacedConfigMap({
      namespace,
      name: 'watched',
      body: configMap('watched', { a: '1' }),
    });
    await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
    await until('three events', () => seen.length >= 3);
    expect(seen).to.deep.equal([
      ['ADDED', 'watched'],
      ['MODIFIED', 'watched'],
      ['DELETED', 'watched'],
    ]);
    request.abort();
    await until('the watch to end', () => ended !== undefined);
  });

  it('keeps an informer in step, also over a restart of the hub', async () => {
    const listed = () => core.listNamespacedConfigMap({ namespace, labelSelector: 'app=informed' });
    const informed = (name: string, data: Record<string, string>): V1ConfigMap => ({
      metadata: { name, labels: { app: 'informed' } },
      data,
    });
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const informer = makeInformer<V1ConfigMap>(config, path, listed, 'app=informed');
    const heard: string[] = [];
    informer.on('add', ({ metadata }) => heard.push(`add ${metadata?.name}`));
    informer.on('update', ({ metadata }) => heard.push(`update ${metadata?.name}`));
    informer.on('delete', ({ metadata }) => heard.push(`delete ${metadata?.name}`));
    // It tells that the connection broke, and is then to be started anew: as its documentation has it.
    let stopped = false;
    informer.on('error', () => {
      if (!stopped) setTimeout(() => void informer.start().catch(() => undefined), 200);
    });
    await core.createNamespacedConfigMap({ namespace, body: informed('before', {}) });
    await informer.start();
    await core.createNamespacedConfigMap({ namespace, body: informed('after', {}) });
    await until('both are heard of', () => heard.includes('add before') && heard.includes('add after'));
    await core.replaceNamespacedConfigMap({ namespace, name: 'after', body: informed('after', { a: '1' }) });
    await until('the update is heard of', () => heard.includes('update after'));
    await cluster.hub.stop();
    await cluster.startHub();
    await core.deleteNamespacedConfigMap({ namespace, name: 'before' });
    await until('the deletion is heard of', () => heard.includes('delete before'), 20_000);
    expect(informer.get('after', namespace)?.data).to.deep.equal({ a: '1' });
    expect(informer.list(namespace).map(({ metadata }) => metadata?.name)).to.deep.equal(['after']);
    stopped = true;
    await informer.stop();
  });
});

async function failure(work: Promise<unknown>): Promise<ApiException<string>> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ApiException) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
