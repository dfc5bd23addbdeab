// Something valid of each Kind, with little in it: for tests that walk over all resources.

const container = { name: 'c', image: 'i', ports: [{ containerPort: 80 }] };
const replicated = {
  selector: { matchLabels: { a: 'b' } },
  template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } },
};

/** About a group that there is not: it is asked about nothing, and would stand in nobody's way. */
const webhook = {
  name: 'a.b.c',
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  clientConfig: { url: 'https://127.0.0.1:1/c' },
  failurePolicy: 'Ignore',
  matchConditions: [{ name: 'c', expression: 'true' }],
  rules: [{ operations: ['*'], apiGroups: ['a.b'], apiVersions: ['*'], resources: ['*'] }],
};

const jobSpec = { template: { spec: { restartPolicy: 'Never', containers: [container] } } };
const scaled = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };

/** Something valid of each Kind that is more than metadata. */
const fields: Record<string, object> = {
  pods: { spec: { nodeName: 'n', containers: [container] } },
  services: { spec: { type: 'NodePort', ports: [{ port: 80 }] } },
  deployments: { spec: replicated },
  replicasets: { spec: replicated },
  statefulsets: { spec: { ...replicated, serviceName: 's' } },
  daemonsets: { spec: replicated },
  controllerrevisions: { revision: 1, data: { a: 'b' } },
  jobs: { spec: jobSpec },
  cronjobs: { spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: jobSpec } } },
  horizontalpodautoscalers: { spec: { maxReplicas: 3, scaleTargetRef: scaled } },
  replicationcontrollers: { spec: { ...replicated, selector: { a: 'b' } } },
  podtemplates: { template: replicated.template },
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

/** What is beside metadata in a valid object of that resource; empty where nothing has to be. */
export function minimalFields(resource: string): object {
  return structuredClone(fields[resource] ?? {});
}
