// An operator as they are written: the official client's informer and typed API, a definition of its own, a finalizer,
// status, owned objects, and a level-triggered reconcile; run as a program beside the hub would be, with nothing else of ours,
// as a service account that has one ClusterRole.

import {
  ApiextensionsV1Api,
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
  PatchStrategy,
  RbacAuthorizationV1Api,
  setHeaderOptions,
} from '@kubernetes/client-node';
import { expect } from 'chai';
import { TestCluster } from '../../support/cluster.ts';
import { until } from '../../support/until.ts';

const group = 'web.example.com';
const [version, plural, namespace] = ['v1', 'sites', 'default'];
const finalizer = `${group}/cleanup`;

interface Site extends KubernetesObject {
  spec: { replicas: number };
  status?: { observedGeneration?: number; deployment?: string };
}

const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

/** Keeps a Deployment for each Site. */
class SiteOperator {
  readonly cleaned: string[] = [];
  readonly errors: unknown[] = [];
  private readonly objects: CustomObjectsApi;
  private readonly apps: AppsV1Api;
  private readonly definitions: ApiextensionsV1Api;
  private readonly informer;
  /** One reconcile of a Site at a time. */
  private readonly working = new Map<string, Promise<void>>();

  constructor(config: KubeConfig) {
    this.objects = config.makeApiClient(CustomObjectsApi);
    this.apps = config.makeApiClient(AppsV1Api);
    this.definitions = config.makeApiClient(ApiextensionsV1Api);
    const list = async (): Promise<KubernetesListObject<Site>> =>
      this.objects.listNamespacedCustomObject({ group, version, plural, namespace });
    this.informer = makeInformer<Site>(
      config,
      `/apis/${group}/${version}/namespaces/${namespace}/${plural}`,
      list,
    );
    for (const verb of ['add', 'update'] as const)
      this.informer.on(verb, ({ metadata }) => this.enqueue(metadata?.name ?? ''));
    this.informer.on('error', (error) => this.errors.push(error));
  }

  /** Makes the definition, and uses it with the next breath. */
  async start(): Promise<void> {
    const names = { plural, singular: 'site', kind: 'Site', listKind: 'SiteList' };
    const integer = { type: 'integer' };
    const openAPIV3Schema = {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { replicas: { ...integer, minimum: 0 } } },
        status: {
          type: 'object',
          properties: { observedGeneration: integer, deployment: { type: 'string' } },
        },
      },
    };
    const schema = { openAPIV3Schema };
    const versions = [{ name: version, served: true, storage: true, schema, subresources: { status: {} } }];
    await this.definitions.createCustomResourceDefinition({
      body: {
        metadata: { name: `${plural}.${group}` },
        spec: { group, names, scope: 'Namespaced', versions },
      },
    });
    await this.informer.start();
  }

  async stop(): Promise<void> {
    await this.informer.stop();
    await Promise.all(this.working.values());
  }

  private enqueue(name: string): void {
    const before = this.working.get(name) ?? Promise.resolve();
    const after = before.then(() => this.reconcile(name)).catch((error) => void this.errors.push(error));
    this.working.set(name, after);
  }

  private async reconcile(name: string): Promise<void> {
    const at = { group, version, plural, namespace, name };
    const site = await this.objects.getNamespacedCustomObject(at).then(
      (found: Site) => found,
      (error: { code?: number }) => {
        if (error.code === 404) return undefined;
        throw error;
      },
    );
    if (!site) return;
    const finalizers = site.metadata?.finalizers ?? [];
    if (site.metadata?.deletionTimestamp) {
      if (!finalizers.includes(finalizer)) return;
      this.cleaned.push(name);
      const left = finalizers.filter((each) => each !== finalizer);
      await this.objects.patchNamespacedCustomObject(
        { ...at, body: { metadata: { finalizers: left } } },
        merge,
      );
      return;
    }
    if (!finalizers.includes(finalizer)) {
      const body = { metadata: { finalizers: [...finalizers, finalizer] } };
      await this.objects.patchNamespacedCustomObject({ ...at, body }, merge);
    }
    await this.deploy(name, site);
    const status = { observedGeneration: site.metadata?.generation, deployment: name };
    if (site.status?.observedGeneration !== status.observedGeneration)
      await this.objects.patchNamespacedCustomObjectStatus({ ...at, body: { status } }, merge);
  }

  private async deploy(name: string, { metadata, spec }: Site): Promise<void> {
    const owner = {
      ...{ apiVersion: `${group}/${version}`, kind: 'Site', controller: true, blockOwnerDeletion: true },
      ...{ name, uid: metadata?.uid ?? '' },
    };
    const labels = { site: name };
    await this.apps.patchNamespacedDeployment(
      {
        ...{ name, namespace, fieldManager: 'site-operator', force: true },
        body: {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name, ownerReferences: [owner] },
          spec: {
            replicas: spec.replicas,
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
          },
        },
      },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    );
  }
}

/** What such an operator ships with. */
async function operatorAccess(admin: KubeConfig): Promise<KubeConfig> {
  const [name, rbac] = ['site-operator', 'rbac.authorization.k8s.io'];
  const core = admin.makeApiClient(CoreV1Api);
  const access = admin.makeApiClient(RbacAuthorizationV1Api);
  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
  const rules = [
    { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: ['create'] },
    { apiGroups: [group], resources: [plural], verbs: ['get', 'list', 'watch', 'patch'] },
    { apiGroups: [group], resources: [`${plural}/status`], verbs: ['patch'] },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['create', 'patch'] },
  ];
  await access.createClusterRole({ body: { metadata: { name }, rules } });
  const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name };
  const subjects = [{ kind: 'ServiceAccount', namespace, name }];
  await access.createClusterRoleBinding({ body: { metadata: { name }, roleRef, subjects } });
  const { status } = await core.createNamespacedServiceAccountToken({
    ...{ namespace, name, body: { spec: { audiences: [] } } },
  });
  const config = new KubeConfig();
  const cluster = admin.getCurrentCluster();
  if (!cluster || !status) throw new Error('no cluster, or no token');
  config.loadFromClusterAndUser(cluster, { name, token: status.token });
  return config;
}

describe('an operator', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  const config = new KubeConfig();
  let operator: SiteOperator;
  let objects: CustomObjectsApi;
  let apps: AppsV1Api;
  const at = { group, version, plural, namespace };

  before(async () => {
    await cluster.startHub();
    config.loadFromFile(cluster.kubeconfig);
    objects = config.makeApiClient(CustomObjectsApi);
    apps = config.makeApiClient(AppsV1Api);
    operator = new SiteOperator(await operatorAccess(config));
  });

  after(async () => {
    await operator?.stop();
    await cluster.close();
  });

  const site = (name: string) => objects.getNamespacedCustomObject({ ...at, name });
  const observed = (name: string, generation: number) =>
    until(`generation ${generation} of ${name} to be observed`, async () => {
      const found: Site = await site(name);
      return found.status?.observedGeneration === generation ? found : undefined;
    });

  it('uses its definition as soon as it has made it', async () => {
    await operator.start();
    expect(operator.errors).to.deep.equal([]);
  });

  it('keeps what an object asks for, and says so in its status', async () => {
    const body = { apiVersion: `${group}/${version}`, kind: 'Site', metadata: { name: 'blog' } };
    await objects.createNamespacedCustomObject({ ...at, body: { ...body, spec: { replicas: 2 } } });
    const made = await observed('blog', 1);
    expect(made.metadata?.finalizers).to.deep.equal([finalizer]);
    expect(made.status?.deployment).to.equal('blog');
    const deployment = await apps.readNamespacedDeployment({ namespace, name: 'blog' });
    expect(deployment.spec?.replicas).to.equal(2);
    const patch = { spec: { replicas: 3 } };
    await objects.patchNamespacedCustomObject({ ...at, name: 'blog', body: patch }, merge);
    await observed('blog', 2);
    const scaled = await apps.readNamespacedDeployment({ namespace, name: 'blog' });
    expect(scaled.spec?.replicas).to.equal(3);
  });

  it('cleans up before an object goes, and what it owns goes with it', async () => {
    await objects.deleteNamespacedCustomObject({ ...at, name: 'blog' });
    await until('the site to be gone', () =>
      site('blog').then(
        () => false,
        (error: { code?: number }) => error.code === 404,
      ),
    );
    expect(operator.cleaned).to.deep.equal(['blog']);
    await until('the deployment to be gone', () =>
      apps.readNamespacedDeployment({ namespace, name: 'blog' }).then(
        () => false,
        (error: { code?: number }) => error.code === 404,
      ),
    );
    expect(operator.errors).to.deep.equal([]);
  });
});
