// What an update of cluster Kinds needs, keeps and counts.

import { expect } from 'chai';
import { resources } from '../../../shared/api/resources.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';

const ingresses = '/apis/networking.k8s.io/v1/namespaces/rec/ingresses';
const slices = '/apis/discovery.k8s.io/v1/namespaces/rec/endpointslices';
const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';

/** Of which upstream's AllowUnconditionalUpdate is false. */
const withRevision = [
  'APIService',
  'CSIDriver',
  'CSINode',
  'CSIStorageCapacity',
  'CustomResourceDefinition',
  'Lease',
  'MutatingWebhookConfiguration',
  'PodDisruptionBudget',
  'RuntimeClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
];

/** Of which upstream's AllowCreateOnUpdate is true. */
const madeByUpdate = [
  'ClusterRole',
  'ClusterRoleBinding',
  'Endpoints',
  'Event',
  'Lease',
  'LimitRange',
  'Role',
  'RoleBinding',
  'RuntimeClass',
  'Service',
];

/** Whose status is written without metadata. */
const statusAlone: [collection: string, body: object][] = [
  [
    '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas',
    { spec: { priorityLevelConfiguration: { name: 'l' } } },
  ],
  [
    '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations',
    { spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } } },
  ],
  [
    '/apis/storage.k8s.io/v1/volumeattachments',
    { spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'v' } } },
  ],
];

describe('an update', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer();
    await server.must('POST', '/api/v1/namespaces', { body: namespace('rec') });
  });
  after(() => server.stop());

  it('must say what it changes, of some Kinds', async () => {
    expect(await kindsWith('needsRevision')).to.deep.equal(withRevision);
    const path = '/apis/node.k8s.io/v1/runtimeclasses/r';
    const body = { metadata: { name: 'r' }, handler: 'h' };
    expect((await server.ask('PUT', path, { body })).code).to.equal(201);
    const { code, body: status } = await server.ask('PUT', path, { body });
    expect(code).to.equal(422);
    expect(status.message).to.contain(
      'metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    );
  });

  it('makes what is not there, of some Kinds', async () => {
    expect(await kindsWith('createOnUpdate')).to.deep.equal(madeByUpdate);
    const limits = '/api/v1/namespaces/rec/limitranges';
    const body = { metadata: { name: 'l' }, spec: { limits: [] } };
    expect((await server.ask('PUT', `${limits}/l`, { body })).code).to.equal(201);
    const { metadata } = await server.must('POST', limits, { body: { spec: { limits: [] } } });
    expect(metadata.name, 'of a range of limits without one').to.match(
      /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/,
    );
  });

  it('of a CSIDriver is counted', async () => {
    const drivers = '/apis/storage.k8s.io/v1/csidrivers';
    const made = await server.must('POST', drivers, { body: { metadata: { name: 'd' }, spec: {} } });
    const body = { ...made, spec: { ...made.spec, requiresRepublish: true } };
    expect((await server.must('PUT', `${drivers}/d`, { body })).metadata.generation).to.equal(2);
  });

  it('of the status leaves the metadata alone, of some Kinds', async () => {
    for (const [collection, body] of statusAlone) {
      await server.must('POST', collection, { body: { ...body, metadata: { name: 'kept' } } });
      const { metadata } = await server.must('PATCH', `${collection}/kept/status`, {
        contentType: 'application/merge-patch+json',
        body: { metadata: { labels: { a: 'b' }, annotations: { a: 'b' }, finalizers: ['a.b/c'] } },
      });
      expect(metadata, collection).not.to.have.any.keys('labels', 'annotations', 'finalizers');
    }
  });

  it('of an Ingress may bring a class beside the annotation of old', async () => {
    const annotations = { 'kubernetes.io/ingress.class': 'old' };
    const spec = { defaultBackend: { service: { name: 's', port: { number: 80 } } } };
    const body = { metadata: { name: 'i', annotations }, spec };
    const named = { ...spec, ingressClassName: 'new' };
    const refused = await server.ask('POST', ingresses, { body: { ...body, spec: named } });
    expect(refused.body.message).to.contain(
      'annotations.kubernetes.io/ingress.class: Invalid value: "old": must match `ingressClassName` when both are specified',
    );
    await server.must('POST', ingresses, { body });
    const { metadata } = await server.must('PUT', `${ingresses}/i`, { body: { ...body, spec: named } });
    expect(metadata.generation).to.equal(2);
  });

  it('of an EndpointSlice counts labels, and brings no topology of v1beta1', async () => {
    const endpoint = { addresses: ['10.0.0.1'], deprecatedTopology: { 'kubernetes.io/hostname': 'n' } };
    const body = { metadata: { name: 'e' }, addressType: 'IPv4', endpoints: [endpoint], ports: [] };
    const created = await server.must('POST', slices, { body });
    expect(created.endpoints[0]).to.not.have.property('deprecatedTopology');
    const put = (changes: object) => server.must('PUT', `${slices}/e`, { body: { ...body, ...changes } });
    const labelled = await put({ metadata: { name: 'e', labels: { a: 'b' } } });
    expect(labelled.metadata.generation).to.equal(2);
    expect(labelled.endpoints).to.deep.equal(created.endpoints);
    const annotated = { name: 'e', labels: { a: 'b' }, annotations: { a: 'b' } };
    expect((await put({ metadata: annotated })).metadata.generation).to.equal(2);
  });

  it('of the status of a policy has conditions in their form', async () => {
    const body = {
      metadata: { name: 'p' },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: ['a'], apiVersions: ['a'], operations: ['*'], resources: ['a'] }],
        },
        validations: [{ expression: 'true' }],
      },
    };
    const created = await server.must('POST', policies, { body });
    const status = { conditions: [{ type: 'A', status: 'maybe', reason: 'R', lastTransitionTime: null }] };
    const { message } = (await server.ask('PUT', `${policies}/p/status`, { body: { ...created, status } }))
      .body;
    expect(message).to.contain('status.conditions[0].status: Unsupported value: "maybe"');
    expect(message).to.contain('status.conditions[0].lastTransitionTime: Required value');
  });
});

async function kindsWith(property: 'needsRevision' | 'createOnUpdate'): Promise<string[]> {
  const strategies = await Promise.all(
    resources.map(async ({ kind, load }) => ({ kind, strategy: await load() })),
  );
  const found = strategies.filter(({ strategy }) => strategy[property]).map(({ kind }) => kind);
  return [...new Set(found)].sort();
}
