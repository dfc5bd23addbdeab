import { expect } from 'chai';
import fc from 'fast-check';
import { createAdmission } from '../../../hub/apiserver/index.ts';
import { ServiceAllocator } from '../../../hub/apiserver/registry/index.ts';
import { resources } from '../../../shared/api/index.ts';
import { isRecord } from '../../../shared/machinery/index.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';

const container = { name: 'c', image: 'i', ports: [{ containerPort: 80 }] };
const replicated = {
  selector: { matchLabels: { a: 'b' } },
  template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } },
};

const webhook = {
  name: 'a.b.c',
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  clientConfig: { url: 'https://a.b/c' },
  matchConditions: [{ name: 'c', expression: 'true' }],
  rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }],
};

/** Something valid of each Kind that is more than metadata. */
const fields: Record<string, object> = {
  pods: { spec: { nodeName: 'n', containers: [container] } },
  services: { spec: { type: 'NodePort', ports: [{ port: 80 }] } },
  deployments: { spec: replicated },
  replicasets: { spec: replicated },
  endpointslices: { addressType: 'IPv4', endpoints: [] },
  runtimeclasses: { handler: 'h' },
  persistentvolumes: {
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/d' } },
  },
  persistentvolumeclaims: {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
  ingresses: {
    spec: {
      rules: [
        {
          host: 'a.b',
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 1 } } } },
            ],
          },
        },
      ],
      tls: [{ hosts: ['a.b'], secretName: 's' }],
    },
  },
  ingressclasses: { spec: { controller: 'a.b/c', parameters: { kind: 'K', name: 'n' } } },
  networkpolicies: {
    spec: {
      podSelector: {},
      ingress: [
        { ports: [{ port: 1 }], from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] },
      ],
    },
  },
  roles: { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
  clusterroles: {
    rules: [{ verbs: ['get'], nonResourceURLs: ['/'] }],
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
  },
  rolebindings: { roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'User', name: 'u' }] },
  clusterrolebindings: {
    roleRef: { kind: 'ClusterRole', name: 'r' },
    subjects: [{ kind: 'Group', name: 'g' }],
  },
  storageclasses: {
    provisioner: 'a.b/p',
    allowedTopologies: [{ matchLabelExpressions: [{ key: 'k', values: ['v'] }] }],
  },
  csidrivers: { spec: { tokenRequests: [{ audience: 'a', expirationSeconds: 600 }] } },
  csinodes: {
    spec: { drivers: [{ name: 'd', nodeID: 'n', topologyKeys: ['k'], allocatable: { count: 1 } }] },
  },
  volumeattachments: { spec: { attacher: 'd', nodeName: 'n', source: { persistentVolumeName: 'v' } } },
  csistoragecapacities: { storageClassName: 's', capacity: '1Gi', nodeTopology: {} },
  mutatingwebhookconfigurations: { webhooks: [webhook] },
  validatingwebhookconfigurations: { webhooks: [webhook] },
  validatingadmissionpolicies: {
    spec: {
      matchConstraints: { resourceRules: webhook.rules },
      matchConditions: [{ name: 'c', expression: 'true' }],
      validations: [{ expression: 'true', message: 'm' }],
      variables: [{ name: 'v', expression: '1' }],
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    },
  },
  validatingadmissionpolicybindings: {
    spec: {
      policyName: 'p',
      validationActions: ['Deny'],
      paramRef: { name: 'n', parameterNotFoundAction: 'Deny' },
      matchResources: {},
    },
  },
  flowschemas: {
    spec: {
      priorityLevelConfiguration: { name: 'p' },
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'u' } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
          nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/a/*'] }],
        },
      ],
    },
  },
  prioritylevelconfigurations: {
    spec: {
      type: 'Limited',
      limited: { limitResponse: { type: 'Queue', queuing: { queues: 9, handSize: 2 } } },
    },
  },
  tokenreviews: { spec: { token: 't', audiences: ['a'] } },
  subjectaccessreviews: { spec: { user: 'u', resourceAttributes: { verb: 'get', resource: 'pods' } } },
  localsubjectaccessreviews: { spec: { user: 'u', resourceAttributes: { verb: 'get', resource: 'pods' } } },
  selfsubjectaccessreviews: { spec: { nonResourceAttributes: { verb: 'get', path: '/' } } },
  selfsubjectrulesreviews: { spec: { namespace: 'default' } },
};

const valid = (resource: string) => ({ metadata: { name: 'a' }, ...fields[resource] });

const collections = resources.map(({ group, version, resource, namespaced }) => {
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
  return { resource, path: `${root}${namespaced ? '/namespaces/default' : ''}/${resource}` };
});

const leaf = fc.constantFrom<unknown>(
  '',
  'a',
  'v1',
  'Pod',
  '80',
  'None',
  null,
  true,
  0,
  -1,
  80,
  1e12,
  1.5,
  '__proto__',
);
const names = fc.constantFrom(
  ...'metadata spec status name namespace labels kind apiVersion uid resourceVersion finalizers'.split(' '),
  ...'ports port clusterIPs containers template selector replicas conditions target preconditions op path'.split(
    ' ',
  ),
);
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('anything'), { maxLength: 3 }),
    fc.dictionary(names, tie('anything'), { maxKeys: 4 }),
  ),
}));
const queries = fc.constantFrom(
  ...[
    '',
    '?dryRun=All',
    '?limit=1',
    '?gracePeriodSeconds=-1',
    '?fieldValidation=Strict',
    '?propagationPolicy=Orphan',
  ],
  ...['?resourceVersion=999999', '?continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6OTk5LCJzdGFydCI6ImEifQ'],
);
const tails = fc.constantFrom(
  '',
  '/a',
  '/a/status',
  '/a/scale',
  '/a/binding',
  '/a/eviction',
  '/a/finalize',
  '/a/approval',
);
const patchTypes = fc.constantFrom(
  'merge-patch+json',
  'json-patch+json',
  'strategic-merge-patch+json',
  'apply-patch+yaml',
);

/** A valid object with one field, somewhere, replaced by anything. */
function bent(object: Record<string, unknown>, steps: readonly number[], value: unknown): unknown {
  const result = structuredClone(object);
  let at: Record<string, unknown> = result;
  for (const step of steps) {
    const keys = Object.keys(at);
    const key = keys[step % Math.max(1, keys.length)];
    if (key === undefined) break;
    const below = at[key];
    if (!isRecord(below) || step === steps.at(-1)) {
      at[key] = value;
      break;
    }
    at = below;
  }
  return result;
}

describe('whatever is asked of the API', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer({
      admission: (store) => createAdmission({ store }),
      addresses: new ServiceAllocator({ serviceCidr: '10.96.0.0/16' }),
    });
    await server.must('POST', '/api/v1/namespaces', { body: namespace('default') });
  });
  after(() => server.stop());

  it('the answer is never that the server failed', async function () {
    this.timeout(30_000);
    const bodies = fc.record({
      steps: fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }),
      value: anything,
      bend: fc.boolean(),
    });
    const methods = fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE');
    await fc.assert(
      fc.asyncProperty(
        methods,
        fc.constantFrom(...collections),
        tails,
        queries,
        bodies,
        patchTypes,
        async (method, { path, resource }, tail, query, { steps, value, bend }, patchType) => {
          const there = await server.ask('GET', `${path}/a`);
          if (there.code === 404) await server.ask('POST', path, { body: valid(resource) });
          const body = bend ? bent(valid(resource), steps, value) : value;
          const contentType = method === 'PATCH' ? `application/${patchType}` : 'application/json';
          const answer = await server.handle(method, `${path}${tail}${query}`, {
            contentType,
            ...(method !== 'GET' && { body }),
          });
          expect(answer.code, answer.type === 'object' ? JSON.stringify(answer.body) : '').to.not.equal(500);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
