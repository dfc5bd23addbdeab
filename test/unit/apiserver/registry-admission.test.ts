import { expect } from 'chai';
import { createAdmission, type UserInfo } from '../../../hub/apiserver/index.ts';
import { systemPriorityClasses } from '../../../shared/api/index.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';

const pods = '/api/v1/namespaces/default/pods';
const merge = 'application/merge-patch+json';
const containers = [{ name: 'c', image: 'i' }];
const pod = (name: string, spec: object = {}) => ({ metadata: { name }, spec: { containers, ...spec } });
const pi: UserInfo = { name: 'system:node:pi', groups: ['system:nodes'] };

describe('admission', () => {
  let server: ApiServerFixture;
  beforeEach(async () => {
    server = await startApiServer({ admission: createAdmission });
    for (const name of ['default', 'kube-node-lease', 'other']) {
      await server.must('POST', '/api/v1/namespaces', { body: namespace(name) });
    }
  });
  afterEach(() => server.stop());

  async function refusal(method: string, path: string, body?: object, user?: UserInfo): Promise<string> {
    const contentType = method === 'PATCH' ? merge : 'application/json';
    const answer = await server.ask(method, path, {
      contentType,
      ...(body && { body }),
      ...(user && { user }),
    });
    expect(answer.code).to.equal(403, answer.body.message);
    return answer.body.message;
  }

  describe('gives a pod what it lacks', () => {
    it('a service account, a priority, and five minutes for a lost node', async () => {
      const { spec } = await server.must('POST', pods, { body: pod('p') });
      expect(spec).to.include({
        serviceAccountName: 'default',
        serviceAccount: 'default',
        priority: 0,
        preemptionPolicy: 'PreemptLowerPriority',
      });
      expect(spec.tolerations).to.deep.equal(
        ['not-ready', 'unreachable'].map((key) => ({
          key: `node.kubernetes.io/${key}`,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        })),
      );
    });

    it('no toleration that it has already', async () => {
      const tolerations = [{ operator: 'Exists' }];
      const { spec } = await server.must('POST', pods, { body: pod('p', { tolerations }) });
      expect(spec.tolerations).to.deep.equal(tolerations);
    });

    it('the priority of a system class', async () => {
      for (const body of systemPriorityClasses) {
        await server.must('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', { body });
      }
      const { spec } = await server.must('POST', pods, {
        body: pod('p', { priorityClassName: 'system-node-critical' }),
      });
      expect(spec.priority).to.equal(2_000_001_000);
    });

    it('the secrets of its account to pull images with', async () => {
      await server.must('POST', '/api/v1/namespaces/default/serviceaccounts', {
        body: { metadata: { name: 'sa' }, imagePullSecrets: [{ name: 'registry' }] },
      });
      const { spec } = await server.must('POST', pods, { body: pod('p', { serviceAccountName: 'sa' }) });
      expect(spec.imagePullSecrets).to.deep.equal([{ name: 'registry' }]);
    });

    it('the overhead and the place of its runtime class', async () => {
      const tolerations = [{ key: 'vm', operator: 'Exists' }];
      await server.must('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
        body: {
          metadata: { name: 'vm' },
          handler: 'vm',
          overhead: { podFixed: { memory: '64Mi' } },
          scheduling: { nodeSelector: { vm: 'yes' }, tolerations },
        },
      });
      const { spec } = await server.must('POST', pods, { body: pod('p', { runtimeClassName: 'vm' }) });
      expect(spec).to.deep.include({ overhead: { memory: '64Mi' }, nodeSelector: { vm: 'yes' } });
      expect(spec.tolerations).to.have.length(3);
      const conflicting = pod('q', { runtimeClassName: 'vm', nodeSelector: { vm: 'no' } });
      expect(await refusal('POST', pods, conflicting)).to.contain('nodeSelector[vm] = yes');
    });

    it('tolerations of its runtime class, without those that another one bears already', async () => {
      const wide = { key: 'k', operator: 'Exists' };
      const narrow = { key: 'l', operator: 'Equal', value: 'v', effect: 'NoSchedule' };
      const short = { key: 'm', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
      const of = (toleration: object, more: object) => ({ ...toleration, ...more });
      await server.must('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
        body: {
          ...{ metadata: { name: 'wide' }, handler: 'wide' },
          scheduling: {
            nodeSelector: { a: 'b' },
            tolerations: [
              of(wide, { operator: 'Equal', value: 'x', effect: 'NoSchedule' }),
              of(narrow, { operator: 'Exists', value: undefined }),
              of(short, { tolerationSeconds: undefined }),
              { key: 'n', operator: 'Exists' },
            ],
          },
        },
      });
      const { spec } = await server.must('POST', pods, {
        body: pod('p', { runtimeClassName: 'wide', tolerations: [wide, narrow, short] }),
      });
      const own = spec.tolerations.filter(({ key }: { key: string }) => key.length === 1);
      expect(own).to.deep.equal([
        wide,
        { key: 'l', operator: 'Exists', effect: 'NoSchedule' },
        { key: 'm', operator: 'Exists', effect: 'NoExecute' },
        { key: 'n', operator: 'Exists' },
      ]);
      expect(
        await refusal('POST', pods, pod('q', { runtimeClassName: 'wide', nodeSelector: { a: 'c' } })),
      ).to.equal(
        'pods "q" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[a] = b; pod.spec.nodeSelector[a] = c',
      );
    });

    it('the handler of its runtime class, where that has another name', async () => {
      await server.must('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
        body: { metadata: { name: 'bare' }, handler: 'process' },
      });
      const { metadata } = await server.must('POST', pods, { body: pod('p', { runtimeClassName: 'bare' }) });
      expect(metadata.annotations).to.deep.equal({ 'kelp.dev/runtime-handler': 'process' });
    });
  });

  it('gives claims the default class, and lets them grow where their class allows it', async () => {
    const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
    const classes = '/apis/storage.k8s.io/v1/storageclasses';
    const claim = (name: string, storageClassName?: string) => ({
      metadata: { name },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        ...(storageClassName !== undefined && { storageClassName }),
      },
    });
    for (const [name, allowVolumeExpansion] of [
      ['stiff', false],
      ['soft', true],
    ] as const) {
      const annotations = { 'storageclass.kubernetes.io/is-default-class': String(name === 'soft') };
      const body = { metadata: { name, annotations }, provisioner: 'a.b/c', allowVolumeExpansion };
      await server.must('POST', classes, { body });
    }
    const created = await server.must('POST', claims, { body: claim('a') });
    expect(created.spec.storageClassName).to.equal('soft');
    expect(created.metadata.finalizers).to.deep.equal(['kubernetes.io/pvc-protection']);
    expect((await server.must('POST', claims, { body: claim('none', '') })).spec.storageClassName).to.equal(
      '',
    );
    await server.must('POST', claims, { body: claim('b', 'stiff') });
    const more = { spec: { resources: { requests: { storage: '2Gi' } } } };
    const bound = { status: { phase: 'Bound' } };
    for (const name of ['a', 'b'])
      await server.must('PATCH', `${claims}/${name}/status`, { contentType: merge, body: bound });
    await server.must('PATCH', `${claims}/a`, { contentType: merge, body: more });
    expect(await refusal('PATCH', `${claims}/b`, more)).to.equal(
      'persistentvolumeclaims "b" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  });

  it('gives Ingresses the newest default class, of equals the first by name', async () => {
    const networking = '/apis/networking.k8s.io/v1';
    const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
    const ingressClass = (name: string, metadata: object = { annotations }) =>
      server.must('POST', `${networking}/ingressclasses`, {
        body: { metadata: { name, ...metadata }, spec: { controller: 'example.com/c' } },
      });
    const classOf = async (name: string, { metadata = {}, spec = {} } = {}) => {
      const defaultBackend = { service: { name: 'web', port: { number: 80 } } };
      const body = { metadata: { name, ...metadata }, spec: { defaultBackend, ...spec } };
      const made = await server.must('POST', `${networking}/namespaces/default/ingresses`, { body });
      return made.spec.ingressClassName;
    };
    await ingressClass('a', {});
    expect(await classOf('none')).to.equal(undefined);
    for (const name of ['c', 'b']) await ingressClass(name);
    expect(await classOf('first')).to.equal('b');
    await server.clock.advance(1_000);
    await ingressClass('z');
    expect(await classOf('newest')).to.equal('z');
    expect(await classOf('named', { spec: { ingressClassName: 'a' } })).to.equal('a');
    const old = { annotations: { 'kubernetes.io/ingress.class': 'nginx' } };
    expect(await classOf('named-before', { metadata: old })).to.equal(undefined);
  });

  it('refuses what is asked of an object in a namespace that goes', async () => {
    const there = '/api/v1/namespaces/other/pods';
    await server.must('POST', there, { body: pod('p') });
    await server.must('DELETE', '/api/v1/namespaces/other');
    const why = 'unable to create new content in namespace other because it is being terminated';
    const asked: [path: string, body: object][] = [
      ['binding', { metadata: { name: 'p' }, target: { name: 'n' } }],
      ['eviction', { metadata: { name: 'p' } }],
    ];
    for (const [subresource, body] of asked) {
      const refused = await server.ask('POST', `${there}/p/${subresource}`, { body });
      expect(refused.body.message, subresource).to.equal(`pods "p" is forbidden: ${why}`);
      // By which `kubectl drain` knows that it has only to wait.
      expect(refused.body.details.causes[0].reason, subresource).to.equal('NamespaceTerminating');
    }
    expect((await server.ask('DELETE', `${there}/p`)).code).to.equal(200);
  });

  it('refuses secrets that the account of a pod does not list, where that is to be so', async () => {
    const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
    const account = {
      ...{ metadata: { name: 'strict', annotations }, secrets: [{ name: 'listed' }] },
      imagePullSecrets: [{ name: 'pull' }],
    };
    const made = await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { body: account });
    expect(made.warnings).to.deep.equal([
      'metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets',
    ]);
    const strict = (spec: object) => pod('p', { serviceAccountName: 'strict', ...spec });
    const variable = (name: string) => ({ name: 'V', valueFrom: { secretKeyRef: { name, key: 'k' } } });
    const all = (name: string) => ({ envFrom: [{ secretRef: { name } }] });
    const not = 'is not allowed because service account strict does not reference that';
    const rows: [spec: object, text: string][] = [
      [
        { volumes: [{ name: 'v', secret: { secretName: 'x' } }] },
        `volume with secret.secretName="x" ${not} secret`,
      ],
      [
        { containers: [{ ...containers[0], env: [variable('listed'), variable('x')] }] },
        `container c with envVar V referencing secret.secretName="x" ${not} secret`,
      ],
      [
        { initContainers: [{ name: 'i', image: 'i', ...all('x') }] },
        `init container i with envFrom referencing secret.secretName="x" ${not} secret`,
      ],
      [
        { imagePullSecrets: [{ name: 'pull' }, { name: 'x' }] },
        `imagePullSecrets[1].name="x" ${not} imagePullSecret`,
      ],
    ];
    for (const [spec, text] of rows)
      expect(await refusal('POST', pods, strict(spec))).to.equal(`pods "p" is forbidden: ${text}`);
    await server.must('POST', pods, {
      body: strict({ volumes: [{ name: 'v', secret: { secretName: 'listed' } }] }),
    });
    const debug = (more: object) => ({ spec: { ephemeralContainers: [{ name: 'd', image: 'i', ...more }] } });
    const path = `${pods}/p/ephemeralcontainers`;
    expect(await refusal('PATCH', path, debug(all('x')))).to.equal(
      `pods "p" is forbidden: ephemeral container d with envFrom referencing secret.secretName="x" ${not} secret`,
    );
    await server.must('PATCH', path, { contentType: merge, body: debug(all('listed')) });
  });

  it('refuses mirrors of static pods that refer to what is in the cluster', async () => {
    const mirror = (spec: object) => ({
      ...pod('m', { nodeName: 'pi', ...spec }),
      metadata: { name: 'm', annotations: { 'kubernetes.io/config.mirror': 'x' } },
    });
    const token = { serviceAccountToken: { path: 'token' } };
    const rows: [spec: object, why: string][] = [
      [{ serviceAccountName: 'default' }, 'reference service accounts'],
      [{ volumes: [{ name: 'v', secret: { secretName: 's' } }] }, 'reference secrets'],
      [
        { volumes: [{ name: 'v', projected: { sources: [token] } }] },
        'use ServiceAccountToken volume projections',
      ],
    ];
    for (const [spec, why] of rows)
      expect(await refusal('POST', pods, mirror(spec))).to.equal(
        `pods "m" is forbidden: a mirror pod may not ${why}`,
      );
    await server.must('POST', pods, { body: mirror({}) });
  });

  it('refuses what a pod names and is not there', async () => {
    expect(await refusal('POST', pods, pod('p', { serviceAccountName: 'none' }))).to.equal(
      'pods "p" is forbidden: error looking up service account default/none: serviceaccount "none" not found',
    );
    expect(await refusal('POST', pods, pod('p', { priorityClassName: 'none' }))).to.equal(
      'pods "p" is forbidden: no PriorityClass with name none was found',
    );
    expect(await refusal('POST', pods, pod('p', { runtimeClassName: 'none' }))).to.equal(
      'pods "p" is forbidden: pod rejected: RuntimeClass "none" not found',
    );
    expect(await refusal('POST', pods, pod('p', { overhead: { cpu: '1' } }))).to.equal(
      'pods "p" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    );
    expect(await refusal('POST', pods, pod('p', { priority: 5 }))).to.contain(
      'the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0',
    );
  });

  it('refuses before the store does: a new object has no revision', async () => {
    const revised = { metadata: { name: 'p', resourceVersion: '5' } };
    const body = { ...pod('p', { serviceAccountName: 'none' }), ...revised };
    expect(await refusal('POST', pods, body)).to.contain('serviceaccount "none" not found');
    const { code, body: status } = await server.ask('POST', pods, { body: { ...pod('p'), ...revised } });
    expect([code, status.message]).to.deep.equal([
      400,
      'resourceVersion should not be set on objects to be created',
    ]);
  });

  describe('lets a node write', () => {
    const lease = '/apis/coordination.k8s.io/v1/namespaces';

    it('its own Node, but not labels that others rely on', async () => {
      const label = (key: string, name = 'pi') => ({ metadata: { name, labels: { [key]: 'x' } } });
      await server.must('POST', '/api/v1/nodes', { body: label('kubernetes.io/arch'), user: pi });
      expect(await refusal('POST', '/api/v1/nodes', label('a', 'other'), pi)).to.equal(
        'nodes "other" is forbidden: node "pi" is not allowed to modify node "other"',
      );
      const patch = { metadata: { labels: { 'node-role.kubernetes.io/control-plane': '' } } };
      expect(await refusal('PATCH', '/api/v1/nodes/pi', patch, pi)).to.equal(
        'nodes "pi" is forbidden: is not allowed to modify labels: node-role.kubernetes.io/control-plane',
      );
      const taints = { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } };
      expect(await refusal('PATCH', '/api/v1/nodes/pi', taints, pi)).to.equal(
        'nodes "pi" is forbidden: node "pi" is not allowed to modify taints',
      );
      const free = { metadata: { labels: { 'example.com/rack': '3' } } };
      await server.must('PATCH', '/api/v1/nodes/pi', { contentType: merge, body: free, user: pi });
    });

    it('that the folder of a volume of its own is gone, and nothing else of it', async () => {
      const volumes = '/api/v1/persistentvolumes';
      const made = (name: string, node: string) => ({
        metadata: {
          name,
          annotations: { 'pv.kubernetes.io/provisioned-by': 'kelp.dev/local', 'kelp.dev/node': node },
          finalizers: ['kelp.dev/local-volume'],
        },
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteOnce'],
          persistentVolumeReclaimPolicy: 'Delete',
          local: { path: '/v' },
          nodeAffinity: {
            required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] },
          },
        },
      });
      for (const [name, node] of [
        ['mine', 'pi'],
        ['theirs', 'other'],
      ] as const)
        await server.must('POST', volumes, { body: made(name, node) });
      const unprotected = { metadata: { finalizers: ['kelp.dev/local-volume'] } };
      const released = { metadata: { finalizers: null } };
      const notYet = 'can only release volumes of its own that are to be removed';
      expect(await refusal('PATCH', `${volumes}/mine`, released, pi)).to.contain(notYet);
      for (const name of ['mine', 'theirs']) {
        await server.must('PATCH', `${volumes}/${name}`, { contentType: merge, body: unprotected });
        await server.must('DELETE', `${volumes}/${name}`);
      }
      expect(await refusal('PATCH', `${volumes}/theirs`, released, pi)).to.contain(notYet);
      const more = { metadata: { finalizers: null, labels: { a: 'b' } } };
      expect(await refusal('PATCH', `${volumes}/mine`, more, pi)).to.contain(
        'can only remove the finalizer kelp.dev/local-volume',
      );
      await server.must('PATCH', `${volumes}/mine`, { contentType: merge, body: released, user: pi });
    });

    it('the status of its pods, and their end', async () => {
      await server.must('POST', pods, { body: pod('mine', { nodeName: 'pi' }) });
      await server.must('POST', pods, { body: pod('theirs', { nodeName: 'other' }) });
      const status = { status: { phase: 'Running' } };
      await server.must('PATCH', `${pods}/mine/status`, { contentType: merge, body: status, user: pi });
      expect(await refusal('PATCH', `${pods}/theirs/status`, status, pi)).to.equal(
        'pods "theirs" is forbidden: node "pi" can only update pod status for pods with spec.nodeName set to itself',
      );
      expect(await refusal('DELETE', `${pods}/theirs`, undefined, pi)).to.equal(
        'pods "theirs" is forbidden: node "pi" can only delete pods with spec.nodeName set to itself',
      );
      const labels = { metadata: { labels: { app: 'other' } } };
      expect(await refusal('PATCH', `${pods}/mine/status`, labels, pi)).to.contain(
        'cannot update labels through pod status',
      );
      expect(await refusal('POST', pods, pod('new', { nodeName: 'pi' }), pi)).to.contain(
        'can only create mirror pods',
      );
      await server.must('DELETE', `${pods}/mine?gracePeriodSeconds=0`, { user: pi });
    });

    it('its lease', async () => {
      const body = { metadata: { name: 'pi' } };
      await server.must('POST', `${lease}/kube-node-lease/leases`, { body, user: pi });
      expect(await refusal('POST', `${lease}/default/leases`, body, pi)).to.contain(
        'can only access leases in the "kube-node-lease" system namespace',
      );
      const other = { metadata: { name: 'other' } };
      expect(await refusal('POST', `${lease}/kube-node-lease/leases`, other, pi)).to.contain(
        'can only access node lease with the same name as the requesting node',
      );
    });

    it('events about itself and its pods', async () => {
      await server.must('POST', pods, { body: pod('mine', { nodeName: 'pi' }) });
      await server.must('POST', pods, { body: pod('theirs', { nodeName: 'other' }) });
      const about = (kind: string, name: string) => ({
        metadata: { generateName: 'e-' },
        involvedObject: { kind, name, namespace: 'default' },
        reason: 'R',
        message: 'm',
        type: 'Normal',
      });
      const events = '/api/v1/namespaces/default/events';
      await server.must('POST', events, { body: about('Pod', 'mine'), user: pi });
      await server.must('POST', events, { body: about('Node', 'pi'), user: pi });
      const message = await refusal('POST', events, about('Pod', 'theirs'), pi);
      expect(message).to.contain('node "pi" can only write events about itself and its pods');
      await refusal('POST', events, about('Node', 'other'), pi);
    });
  });
});
