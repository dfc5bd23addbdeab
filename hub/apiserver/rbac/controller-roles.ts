// What each controller may do: as its own service account in kube-system, with upstream's role of that account
// (k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go). Of upstream's controllers
// those are here that a hub has. Kelp's controllers patch now and then what upstream's update: `patches` says so.

import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { can, group, read, sendEvents } from './rule-notation.ts';

/** Beside upstream's rules. */
const patches = (apiGroups: string, resources: string) => can('patch', apiGroups, resources);

/** By account: a controller's role is called `system:controller:<account>`. */
export const controllerRules: Readonly<Record<string, PolicyRule[]>> = {
  'certificate-controller': [
    can('delete get list watch', 'certificates.k8s.io', 'certificatesigningrequests'),
    can(
      'update',
      'certificates.k8s.io',
      'certificatesigningrequests/approval certificatesigningrequests/status',
    ),
    can('approve', 'certificates.k8s.io', 'signers', 'kubernetes.io/kube-apiserver-client-kubelet'),
    can(
      'sign',
      'certificates.k8s.io',
      'signers',
      'kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving kubernetes.io/legacy-unknown',
    ),
    can('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    sendEvents,
  ],
  'clusterrole-aggregation-controller': [can('escalate get list patch update watch', group, 'clusterroles')],
  'cronjob-controller': [
    can('get list update watch', 'batch', 'cronjobs'),
    can('create delete get list patch update watch', 'batch', 'jobs'),
    can('update', 'batch', 'cronjobs/status'),
    can('update', 'batch', 'cronjobs/finalizers'),
    can('delete list watch', '', 'pods'),
    sendEvents,
  ],
  'daemon-set-controller': [
    can(read, 'apps extensions', 'daemonsets'),
    can('update', 'apps extensions', 'daemonsets/status'),
    can('update', 'apps extensions', 'daemonsets/finalizers'),
    can('list watch', '', 'nodes'),
    can('create delete list patch watch', '', 'pods'),
    can('create', '', 'pods/binding'),
    can('create delete get list patch update watch', 'apps', 'controllerrevisions'),
    sendEvents,
  ],
  'deployment-controller': [
    can('get list update watch', 'apps extensions', 'deployments'),
    can('update', 'apps extensions', 'deployments/status'),
    can('update', 'apps extensions', 'deployments/finalizers'),
    can('create delete get list patch update watch', 'apps extensions', 'replicasets'),
    can('get list update watch', '', 'pods'),
    sendEvents,
  ],
  'disruption-controller': [
    can(read, 'apps extensions', 'deployments'),
    can(read, 'apps extensions', 'replicasets'),
    can(read, '', 'replicationcontrollers'),
    can(read, 'policy', 'poddisruptionbudgets'),
    can(read, 'apps', 'statefulsets'),
    can('update', 'policy', 'poddisruptionbudgets/status'),
    can('patch update', '', 'pods/status'),
    can('get', '*', '*/scale'),
    sendEvents,
  ],
  'endpoint-controller': [
    can(read, '', 'pods services'),
    can('create delete get list update watch', '', 'endpoints'),
    can('create', '', 'endpoints/restricted'),
    sendEvents,
  ],
  'endpointslice-controller': [
    can(read, '', 'nodes pods services'),
    can('update', '', 'services/finalizers'),
    can('create delete get list update watch', 'discovery.k8s.io', 'endpointslices'),
    sendEvents,
  ],
  'endpointslicemirroring-controller': [
    can(read, '', 'endpoints services'),
    can('update', '', 'services/finalizers'),
    can('update', '', 'endpoints/finalizers'),
    can('create delete get list update watch', 'discovery.k8s.io', 'endpointslices'),
    sendEvents,
  ],
  'ephemeral-volume-controller': [
    can(read, '', 'pods'),
    can('update', '', 'pods/finalizers'),
    can('create get list watch', '', 'persistentvolumeclaims'),
    sendEvents,
  ],
  'generic-garbage-collector': [can('delete get list patch update watch', '*', '*'), sendEvents],
  'horizontal-pod-autoscaler': [
    can(read, 'autoscaling', 'horizontalpodautoscalers'),
    can('update', 'autoscaling', 'horizontalpodautoscalers/status'),
    can('get update', '*', '*/scale'),
    patches('*', '*/scale'),
    can('list watch', '', 'pods'),
    can('list watch', 'metrics.k8s.io', 'pods'),
    can(read, 'custom.metrics.k8s.io', '*'),
    can(read, 'external.metrics.k8s.io', '*'),
    sendEvents,
  ],
  'job-controller': [
    can('get list patch update watch', 'batch', 'jobs'),
    can('update', 'batch', 'jobs/status'),
    can('update', 'batch', 'jobs/finalizers'),
    can('create delete list patch watch', '', 'pods'),
    sendEvents,
  ],
  'namespace-controller': [
    can('delete get list watch', '', 'namespaces'),
    can('update', '', 'namespaces/finalize namespaces/status'),
    can('delete deletecollection get list watch', '*', '*'),
  ],
  'node-controller': [
    can('delete get list patch update watch', '', 'nodes'),
    can('patch update', '', 'nodes/status'),
    can('patch update', '', 'pods/status'),
    can('delete get list watch', '', 'pods'),
    sendEvents,
  ],
  'persistent-volume-binder': [
    can('create delete get list update watch', '', 'persistentvolumes'),
    can('update', '', 'persistentvolumes/status'),
    can('get list update watch', '', 'persistentvolumeclaims'),
    can('update', '', 'persistentvolumeclaims/status'),
    can('create delete get list watch', '', 'pods'),
    can(read, 'storage.k8s.io', 'storageclasses'),
    can('list watch', '', 'nodes'),
    can('watch', '', 'events'),
    patches(
      '',
      'persistentvolumeclaims persistentvolumeclaims/status persistentvolumes persistentvolumes/status',
    ),
    sendEvents,
  ],
  'pod-garbage-collector': [
    can('delete list watch', '', 'pods'),
    can(read, '', 'nodes'),
    can('patch', '', 'pods/status'),
  ],
  'pv-protection-controller': [
    can('get list update watch', '', 'persistentvolumes'),
    patches('', 'persistentvolumes'),
    sendEvents,
  ],
  'pvc-protection-controller': [
    can('get list update watch', '', 'persistentvolumeclaims'),
    patches('', 'persistentvolumeclaims'),
    can(read, '', 'pods'),
    sendEvents,
  ],
  'replicaset-controller': [
    can('get list update watch', 'apps extensions', 'replicasets'),
    can('update', 'apps extensions', 'replicasets/status'),
    can('update', 'apps extensions', 'replicasets/finalizers'),
    can('create delete list patch watch', '', 'pods'),
    sendEvents,
  ],
  'replication-controller': [
    can('get list update watch', '', 'replicationcontrollers'),
    can('update', '', 'replicationcontrollers/status'),
    can('update', '', 'replicationcontrollers/finalizers'),
    can('create delete list patch watch', '', 'pods'),
    sendEvents,
  ],
  'resourcequota-controller': [
    can('list watch', '*', '*'),
    can('update', '', 'resourcequotas/status'),
    sendEvents,
  ],
  'root-ca-cert-publisher': [can('create update', '', 'configmaps'), sendEvents],
  'service-account-controller': [can('create', '', 'serviceaccounts'), sendEvents],
  'statefulset-controller': [
    can('list watch', '', 'pods'),
    can(read, 'apps', 'statefulsets'),
    can('update', 'apps', 'statefulsets/status'),
    can('update', 'apps', 'statefulsets/finalizers'),
    can('create delete get patch update', '', 'pods'),
    can('create delete get list patch update watch', 'apps', 'controllerrevisions'),
    can('create get list watch', '', 'persistentvolumeclaims'),
    can('delete update', '', 'persistentvolumeclaims'),
    can('update', '', 'pods/finalizers'),
    sendEvents,
  ],
  'ttl-after-finished-controller': [can('delete get list watch', 'batch', 'jobs'), sendEvents],
  'validatingadmissionpolicy-status-controller': [
    can(read, 'admissionregistration.k8s.io', 'validatingadmissionpolicies'),
    can('get patch update', 'admissionregistration.k8s.io', 'validatingadmissionpolicies/status'),
    sendEvents,
  ],
};
