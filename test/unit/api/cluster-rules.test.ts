// Rules of cluster Kinds that no recording shows: policies, flow control, and what may change later.

import { expect } from 'chai';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';
import { changed } from '../../support/changed.ts';

const admission = '/apis/admissionregistration.k8s.io/v1';
const flow = '/apis/flowcontrol.apiserver.k8s.io/v1';
const networking = '/apis/networking.k8s.io/v1';
const storage = '/apis/storage.k8s.io/v1';
const claims = '/api/v1/namespaces/rec/persistentvolumeclaims';
const merge = 'application/merge-patch+json';

const policy = {
  metadata: { name: 'p.example.com' },
  spec: {
    matchConstraints: {
      resourceRules: [
        { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] },
      ],
    },
    validations: [{ expression: 'object.spec.replicas <= 5' }],
  },
};
const binding = {
  metadata: { name: 'b.example.com' },
  spec: { policyName: 'p.example.com', validationActions: ['Deny'] },
};
const level = {
  metadata: { name: 'l' },
  spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
};
const schema = { metadata: { name: 's' }, spec: { priorityLevelConfiguration: { name: 'l' } } };
const claim = {
  metadata: { name: 'c' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
};

const refused: [what: string, collection: string, body: object, message: string][] = [
  [
    'a policy about nothing',
    `${admission}/validatingadmissionpolicies`,
    changed(policy, 'spec.matchConstraints', undefined),
    'spec.matchConstraints: Required value',
  ],
  [
    'a policy without rules',
    `${admission}/validatingadmissionpolicies`,
    changed(policy, 'spec.validations', []),
    'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
  ],
  [
    'a policy with a name that CEL keeps',
    `${admission}/validatingadmissionpolicies`,
    changed(policy, 'spec.variables', [{ name: 'in', expression: '1' }]),
    'spec.variables[0].name: Invalid value: "in": name is not a valid CEL identifier',
  ],
  [
    'a policy whose message has two lines',
    `${admission}/validatingadmissionpolicies`,
    changed(policy, 'spec.validations', [{ expression: 'true', message: 'a\nb' }]),
    'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
  ],
  [
    'a policy that asks for parameters and has none',
    `${admission}/validatingadmissionpolicies`,
    changed(policy, 'spec.validations', [{ expression: 'params.most > 1' }]),
    `undeclared reference to 'params'`,
  ],
  [
    'a policy whose variable is no answer',
    `${admission}/validatingadmissionpolicies`,
    changed(changed(policy, 'spec.variables', [{ name: 'most', expression: '5' }]), 'spec.validations', [
      { expression: 'variables.most' },
      { expression: "variables.most == 'five'" },
    ]),
    `spec.validations[0].expression: Invalid value: "variables.most": must evaluate to bool, spec.validations[1].expression: Invalid value: "variables.most == 'five'": compilation failed: ERROR: <input>:1:16: found no matching overload for '_==_' applied to '(int, string)'`,
  ],
  [
    'a policy whose message asks who may do what',
    `${admission}/validatingadmissionpolicies`,
    changed(policy, 'spec.validations', [
      { expression: 'true', messageExpression: "string(authorizer.path('/').check('get').allowed())" },
    ]),
    `undeclared reference to 'authorizer'`,
  ],
  [
    'a policy with parameters of no Kind',
    `${admission}/validatingadmissionpolicies`,
    changed(policy, 'spec.paramKind', { apiVersion: 'a/b/c', kind: 'K' }),
    'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
  ],
  [
    'a binding that denies and warns',
    `${admission}/validatingadmissionpolicybindings`,
    changed(binding, 'spec.validationActions', ['Deny', 'Warn']),
    'spec.validationActions: Invalid value: []admissionregistration.ValidationAction{"Deny", "Warn"}: must not contain both Deny and Warn',
  ],
  [
    'a binding with parameters by name and by labels',
    `${admission}/validatingadmissionpolicybindings`,
    changed(binding, 'spec.paramRef', { name: 'n', selector: {}, parameterNotFoundAction: 'Deny' }),
    'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
  ],
  [
    'a webhook for a resource that another rule covers',
    `${admission}/validatingwebhookconfigurations`,
    {
      metadata: { name: 'w' },
      webhooks: [
        {
          name: 'a.example.com',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          clientConfig: { url: 'https://example.com' },
          rules: [
            { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods/*', 'pods/log'] },
          ],
        },
      ],
    },
    `webhooks[0].rules[0].resources[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify pods/log`,
  ],
  [
    'an exempt level of another name',
    `${flow}/prioritylevelconfigurations`,
    changed(level, 'spec', { type: 'Exempt' }),
    `spec.type: Invalid value: "Exempt": type must be 'Exempt' if and only if name is 'exempt'`,
  ],
  [
    'hands that no hash can deal',
    `${flow}/prioritylevelconfigurations`,
    changed(level, 'spec.limited.limitResponse', { type: 'Queue', queuing: { queues: 512, handSize: 10 } }),
    'required entropy bits of deckSize 512 and handSize 10 should not be greater than 60',
  ],
  [
    'a change of the level that takes the rest',
    `${flow}/prioritylevelconfigurations`,
    changed(level, 'metadata.name', 'catch-all'),
    `spec of 'catch-all' must equal the fixed value`,
  ],
  [
    'a schema before the exempt one',
    `${flow}/flowschemas`,
    changed(schema, 'spec.matchingPrecedence', 1),
    `only the schema named 'exempt' may have matchingPrecedence 1`,
  ],
  [
    'a schema for a user and a group at once',
    `${flow}/flowschemas`,
    changed(schema, 'spec.rules', [
      {
        subjects: [{ kind: 'User', user: { name: 'u' }, group: { name: 'g' } }],
        nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/a*'] }],
      },
    ]),
    `spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group', spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "/a*": wildcard can only do suffix matching`,
  ],
  [
    'an Ingress class with parameters of no scope',
    `${networking}/ingressclasses`,
    {
      metadata: { name: 'c' },
      spec: { controller: 'a.example.com/c', parameters: { kind: 'K', name: 'n', scope: '' } },
    },
    'spec.parameters.scope: Unsupported value: "": supported values: "Cluster", "Namespace"',
  ],
  [
    'endpoints by a name of one label',
    '/apis/discovery.k8s.io/v1/namespaces/rec/endpointslices',
    { metadata: { name: 'e' }, addressType: 'FQDN', endpoints: [{ addresses: ['a.example.com.', 'a.'] }] },
    'endpoints[0].addresses[1]: Invalid value: "a": should be a domain with at least two segments separated by dots',
  ],
  [
    'capacity below nothing',
    `${storage}/namespaces/rec/csistoragecapacities`,
    { metadata: { name: 'c' }, storageClassName: 's', capacity: '-1' },
    'capacity: Invalid value: "-1": must be greater than or equal to 0',
  ],
  [
    'an attachment of an inline volume that is none',
    `${storage}/volumeattachments`,
    {
      metadata: { name: 'v' },
      spec: {
        attacher: 'd',
        nodeName: 'n',
        source: { inlineVolumeSpec: { accessModes: ['ReadWriteOnce'] } },
      },
    },
    'spec.source.inlineVolumeSpec.csi: Required value: has to be specified in the context of inline volumes',
  ],
];

describe('the rules of cluster Kinds', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer();
    await server.must('POST', '/api/v1/namespaces', { body: namespace('rec') });
  });
  after(() => server.stop());

  for (const [what, collection, body, message] of refused)
    it(`refuse ${what}`, async () => {
      const answer = await server.ask('POST', collection, { body });
      expect(answer.body.message).to.include(message);
      expect(answer.code).to.equal(422);
    });

  it('complete a policy and its binding', async () => {
    const path = `${admission}/validatingadmissionpolicies`;
    const { spec, metadata, status } = await server.must('POST', path, { body: policy });
    expect(spec).to.deep.include({ failurePolicy: 'Fail' });
    expect(spec.matchConstraints).to.deep.include({
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
    });
    expect(spec.matchConstraints.resourceRules[0].scope).to.equal('*');
    expect(metadata.generation).to.equal(1);
    expect(status).to.deep.equal({});
    await server.must('POST', `${admission}/validatingadmissionpolicybindings`, { body: binding });
  });

  it('let a claim get its volume once, and more room when it is bound', async () => {
    await server.must('POST', claims, { body: claim });
    const patch = (body: object, subresource = '') =>
      server.ask('PATCH', `${claims}/c${subresource}`, { body, contentType: merge });
    const room = (storage: string) => ({ spec: { resources: { requests: { storage } } } });
    expect((await patch(room('3Gi'))).code).to.equal(422);
    expect((await patch({ spec: { storageClassName: 'late' } })).code).to.equal(200);
    expect((await patch({ spec: { storageClassName: 'other' } })).code).to.equal(422);
    expect((await patch({ spec: { volumeName: 'v' } })).code).to.equal(200);
    expect((await patch({ spec: { volumeName: 'w' } })).code).to.equal(422);
    const bound = { status: { phase: 'Bound', capacity: { storage: '2Gi' } } };
    expect((await patch(bound, '/status')).code).to.equal(200);
    expect((await patch(room('5Gi'))).code).to.equal(200);
    expect((await patch(room('3Gi'))).code).to.equal(200);
    const less = await patch(room('2Gi'));
    expect(less.body.message).to.include('field can not be less than status.capacity');
  });

  it('keep what the status says apart from what is asked', async () => {
    const path = '/api/v1/persistentvolumes';
    const spec = {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      nfs: { server: 's', path: '/p' },
    };
    const body = { metadata: { name: 'v' }, spec, status: { phase: 'Bound' } };
    expect((await server.must('POST', path, { body })).status).to.include({ phase: 'Pending' });
    const sent = { spec: { capacity: { storage: '9Gi' } }, status: { phase: 'Available' } };
    const answer = await server.must('PATCH', `${path}/v/status`, { body: sent, contentType: merge });
    expect(answer.status).to.include({ phase: 'Available' });
    expect(answer.spec.capacity).to.deep.equal({ storage: '1Gi' });
  });

  it('warn of what is old', async () => {
    const warnings = async (path: string, body: object) =>
      (await server.ask('POST', path, { body })).warnings.filter((text) => !text.startsWith('Kelp '));
    const ingress = {
      metadata: { name: 'i', annotations: { 'kubernetes.io/ingress.class': 'x' } },
      spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
    };
    const rbd = {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      rbd: { monitors: ['m'], image: 'i' },
    };
    expect(await warnings('/apis/networking.k8s.io/v1/namespaces/rec/ingresses', ingress)).to.deep.equal([
      `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
    ]);
    expect(await warnings('/api/v1/persistentvolumes', { metadata: { name: 'r' }, spec: rbd })).to.deep.equal(
      ['spec.rbd: deprecated in v1.28, non-functional in v1.31+'],
    );
  });
});
