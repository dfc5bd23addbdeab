// The roles that every cluster has, and who has them from the start (k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/
// bootstrappolicy); those of controllers are in controller-roles.ts.

import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from 'kubernetes-types/rbac/v1';
import { controllerRules } from './controller-roles.ts';
import { nodeRules } from './node-rules.ts';
import { at, can, group, read, sendEvents } from './rule-notation.ts';

export interface DefaultRoles {
  clusterRoles: readonly ClusterRole[];
  clusterRoleBindings: readonly ClusterRoleBinding[];
  roles: readonly Role[];
  roleBindings: readonly RoleBinding[];
}

const apiVersion = `${group}/v1`;
const write = 'create delete deletecollection patch update';

const askAboutOthers = [
  can('create', 'authentication.k8s.io', 'tokenreviews'),
  can('create', 'authorization.k8s.io', 'subjectaccessreviews'),
];

function metadata(name: string, labels: Record<string, string> = {}, namespace?: string) {
  return {
    name,
    ...(namespace && { namespace }),
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  };
}

const part = (of: string) => ({ [`${group}/aggregate-to-${of}`]: 'true' });

function clusterRole(name: string, rules: PolicyRule[], labels?: Record<string, string>): ClusterRole {
  return { apiVersion, kind: 'ClusterRole', metadata: metadata(name, labels), rules };
}

/** Has what the roles have that say they are part of it. */
function gathered(name: string, labels?: Record<string, string>): ClusterRole {
  const clusterRoleSelectors = [{ matchLabels: part(name) }];
  return { ...clusterRole(name, [], labels), aggregationRule: { clusterRoleSelectors } };
}

function role(namespace: string, name: string, ...rules: PolicyRule[]): Role {
  return { apiVersion, kind: 'Role', metadata: metadata(name, {}, namespace), rules };
}

function bound(name: string, ...subjects: Subject[]): ClusterRoleBinding {
  const roleRef = { apiGroup: group, kind: 'ClusterRole', name };
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: metadata(name),
    roleRef,
    ...(subjects.length > 0 && { subjects }),
  };
}

function boundIn(namespace: string, name: string, to: string, ...subjects: Subject[]): RoleBinding {
  const roleRef = { apiGroup: group, kind: 'Role', name: to };
  return { apiVersion, kind: 'RoleBinding', metadata: metadata(name, {}, namespace), roleRef, subjects };
}

const user = (name: string): Subject => ({ apiGroup: group, kind: 'User', name });
const groupOf = (name: string): Subject => ({ apiGroup: group, kind: 'Group', name });
const controllerRole = (name: string) => `system:controller:${name}`;
const account = (namespace: string, name: string): Subject => ({ kind: 'ServiceAccount', namespace, name });

const workloads = 'daemonsets deployments replicasets';
const scaled = 'deployments/scale replicasets/scale';

const clusterRoles = [
  clusterRole('cluster-admin', [can('*', '*', '*'), at('*', '*')]),
  clusterRole('system:discovery', [
    at('get', '/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/'),
  ]),
  clusterRole('system:monitoring', [
    at('get', '/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*'),
  ]),
  clusterRole('system:basic-user', [
    can('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
    can('create', 'authentication.k8s.io', 'selfsubjectreviews'),
  ]),
  clusterRole('system:public-info-viewer', [at('get', '/healthz /livez /readyz /version /version/')]),
  gathered('admin'),
  gathered('edit', part('admin')),
  gathered('view', part('edit')),
  clusterRole(
    'system:aggregate-to-admin',
    [
      can('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
      can(`${read} ${write}`, group, 'rolebindings roles'),
    ],
    part('admin'),
  ),
  clusterRole(
    'system:aggregate-to-edit',
    [
      can(read, '', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy'),
      can('impersonate', '', 'serviceaccounts'),
      can(write, '', 'pods pods/attach pods/exec pods/portforward pods/proxy'),
      can('create', '', 'pods/eviction'),
      can(
        write,
        '',
        'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
      ),
      can('create', '', 'serviceaccounts/token'),
      can(write, 'apps', `${workloads} deployments/rollback ${scaled} statefulsets statefulsets/scale`),
      can(write, 'autoscaling', 'horizontalpodautoscalers'),
      can(write, 'batch', 'cronjobs jobs'),
      can(
        write,
        'extensions',
        `${workloads} deployments/rollback ${scaled} ingresses networkpolicies replicationcontrollers/scale`,
      ),
      can(write, 'policy', 'poddisruptionbudgets'),
      can(write, 'networking.k8s.io', 'ingresses networkpolicies'),
      can(`${read} ${write}`, 'coordination.k8s.io', 'leases'),
    ],
    part('edit'),
  ),
  clusterRole(
    'system:aggregate-to-view',
    [
      can(
        read,
        '',
        'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
      ),
      can(
        read,
        '',
        'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
      ),
      can(read, '', 'namespaces'),
      can(read, 'discovery.k8s.io', 'endpointslices'),
      can(
        read,
        'apps',
        `controllerrevisions ${workloads} daemonsets/status ${scaled} deployments/status replicasets/status statefulsets statefulsets/scale statefulsets/status`,
      ),
      can(read, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
      can(read, 'batch', 'cronjobs cronjobs/status jobs jobs/status'),
      can(
        read,
        'extensions',
        `${workloads} daemonsets/status ${scaled} deployments/status ingresses ingresses/status networkpolicies replicasets/status replicationcontrollers/scale`,
      ),
      can(read, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
      can(read, 'networking.k8s.io', 'ingresses ingresses/status networkpolicies'),
    ],
    part('view'),
  ),
  clusterRole('system:heapster', [
    can(read, '', 'events namespaces nodes pods'),
    can(read, 'extensions', 'deployments'),
  ]),
  clusterRole('system:node', nodeRules),
  clusterRole('system:node-problem-detector', [
    can('get', '', 'nodes'),
    can('patch', '', 'nodes/status'),
    sendEvents,
  ]),
  clusterRole('system:kubelet-api-admin', [
    can(read, '', 'nodes'),
    can('proxy', '', 'nodes'),
    can('*', '', 'nodes/log nodes/metrics nodes/proxy nodes/stats'),
  ]),
  clusterRole('system:node-bootstrapper', [
    can('create get list watch', 'certificates.k8s.io', 'certificatesigningrequests'),
  ]),
  clusterRole('system:auth-delegator', askAboutOthers),
  clusterRole('system:kube-aggregator', [
    can(read, '', 'endpoints services'),
    can(read, 'discovery.k8s.io', 'endpointslices'),
  ]),
  clusterRole('system:kube-dns', [can('list watch', '', 'endpoints services')]),
  clusterRole('system:persistent-volume-provisioner', [
    can('create delete get list watch', '', 'persistentvolumes'),
    can('get list update watch', '', 'persistentvolumeclaims'),
    can(read, 'storage.k8s.io', 'storageclasses'),
    can('watch', '', 'events'),
    sendEvents,
  ]),
  ...['nodeclient', 'selfnodeclient'].map((kind) =>
    clusterRole(`system:certificates.k8s.io:certificatesigningrequests:${kind}`, [
      can('create', 'certificates.k8s.io', `certificatesigningrequests/${kind}`),
    ]),
  ),
  ...['legacy-unknown', 'kubelet-serving', 'kube-apiserver-client', 'kube-apiserver-client-kubelet'].map(
    (signer) =>
      clusterRole(`system:certificates.k8s.io:${signer}-approver`, [
        can('approve', 'certificates.k8s.io', 'signers', `kubernetes.io/${signer}`),
      ]),
  ),
  clusterRole('system:service-account-issuer-discovery', [
    at(
      'get',
      '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
    ),
  ]),
  clusterRole('system:node-proxier', [
    can('list watch', '', 'endpoints services'),
    can(read, '', 'nodes'),
    sendEvents,
    can('list watch', 'discovery.k8s.io', 'endpointslices'),
  ]),
  clusterRole('system:volume-scheduler', [
    can('get list patch update watch', '', 'persistentvolumes'),
    can(read, 'storage.k8s.io', 'storageclasses'),
    can('get list patch update watch', '', 'persistentvolumeclaims'),
  ]),
  clusterRole('system:kube-scheduler', [
    sendEvents,
    can('create', 'coordination.k8s.io', 'leases'),
    can('get list update watch', 'coordination.k8s.io', 'leases', 'kube-scheduler'),
    can(read, '', 'nodes'),
    can('delete get list watch', '', 'pods'),
    can('create', '', 'bindings pods/binding'),
    can('patch update', '', 'pods/status'),
    can(read, '', 'replicationcontrollers services'),
    can(read, 'apps extensions', 'replicasets'),
    can(read, 'apps', 'statefulsets'),
    can(read, 'policy', 'poddisruptionbudgets'),
    can(read, '', 'persistentvolumeclaims persistentvolumes'),
    ...askAboutOthers,
    can(read, 'storage.k8s.io', 'csinodes'),
    can(read, '', 'namespaces'),
    can(read, 'storage.k8s.io', 'csidrivers'),
    can(read, 'storage.k8s.io', 'csistoragecapacities'),
  ]),
  clusterRole('system:kube-controller-manager', [
    sendEvents,
    can('create', 'coordination.k8s.io', 'leases'),
    can('get update', 'coordination.k8s.io', 'leases', 'kube-controller-manager'),
    can('create', '', 'secrets serviceaccounts'),
    can('delete', '', 'secrets'),
    can('get', '', 'configmaps namespaces secrets serviceaccounts'),
    can('update', '', 'secrets serviceaccounts'),
    ...askAboutOthers,
    can('list watch', '*', '*'),
    can('create', '', 'serviceaccounts/token'),
  ]),
  ...Object.entries(controllerRules).map(([account, rules]) => clusterRole(controllerRole(account), rules)),
];

const authenticated = groupOf('system:authenticated');
const unauthenticated = groupOf('system:unauthenticated');
const scheduler = user('system:kube-scheduler');

export const defaultRoles: DefaultRoles = {
  clusterRoles,
  clusterRoleBindings: [
    bound('cluster-admin', groupOf('system:masters')),
    bound('system:monitoring', groupOf('system:monitoring')),
    bound('system:discovery', authenticated),
    bound('system:basic-user', authenticated),
    bound('system:public-info-viewer', authenticated, unauthenticated),
    bound('system:node-proxier', user('system:kube-proxy')),
    bound('system:kube-dns', account('kube-system', 'kube-dns')),
    bound('system:kube-scheduler', scheduler),
    bound('system:volume-scheduler', scheduler),
    bound('system:kube-controller-manager', user('system:kube-controller-manager')),
    ...Object.keys(controllerRules).map((name) => bound(controllerRole(name), account('kube-system', name))),
    // Nodes have their rights from the node authorizer: who wants them to have more binds them here.
    bound('system:node'),
    bound('system:service-account-issuer-discovery', groupOf('system:serviceaccounts')),
    // Whoever holds a join token may ask for a certificate and fetch it.
    bound('system:node-bootstrapper', groupOf('system:bootstrappers')),
  ],
  roles: [
    role(
      'kube-system',
      'extension-apiserver-authentication-reader',
      can(read, '', 'configmaps', 'extension-apiserver-authentication'),
    ),
    role('kube-public', 'kelp:cluster-info', can('get', '', 'configmaps', 'cluster-info')),
  ],
  roleBindings: [
    boundIn(
      'kube-system',
      'system::extension-apiserver-authentication-reader',
      'extension-apiserver-authentication-reader',
      user('system:kube-controller-manager'),
      scheduler,
    ),
    // A board that knows nothing yet may read one ConfigMap.
    boundIn('kube-public', 'kelp:cluster-info', 'kelp:cluster-info', authenticated, unauthenticated),
  ],
};
