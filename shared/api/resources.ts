// THE TABLE: every built-in resource is one row. REST routes, discovery, OpenAPI, tables, MQTT topics, watches and the
// typed client are loops over it. A custom resource is the same row, made at run time.

// biome-ignore-all format: a table is read in rows

import type { KubeObject } from '../machinery/index.ts';
import type { MutatingWebhookConfiguration } from './admissionregistration/mutating-webhook-configuration.ts';
import type { ValidatingAdmissionPolicy } from './admissionregistration/validating-admission-policy.ts';
import type { ValidatingAdmissionPolicyBinding } from './admissionregistration/validating-admission-policy-binding.ts';
import type { ValidatingWebhookConfiguration } from './admissionregistration/validating-webhook-configuration.ts';
import type { CustomResourceDefinition } from './apiextensions/definition.ts';
import type { APIService } from './apiregistration/api-service.ts';
import type { ControllerRevision } from './apps/controller-revision.ts';
import type { DaemonSet } from './apps/daemon-set.ts';
import type { Deployment } from './apps/deployment.ts';
import type { ReplicaSet } from './apps/replica-set.ts';
import type { StatefulSet } from './apps/stateful-set.ts';
import type { SelfSubjectReview } from './authentication/self-subject-review.ts';
import type { TokenReview } from './authentication/token-review.ts';
import type { LocalSubjectAccessReview } from './authorization/local-subject-access-review.ts';
import type { SelfSubjectAccessReview } from './authorization/self-subject-access-review.ts';
import type { SelfSubjectRulesReview } from './authorization/self-subject-rules-review.ts';
import type { SubjectAccessReview } from './authorization/subject-access-review.ts';
import type { HorizontalPodAutoscaler } from './autoscaling/horizontal-pod-autoscaler.ts';
import type { HorizontalPodAutoscaler as HorizontalPodAutoscalerV1 } from './autoscaling/horizontal-pod-autoscaler-v1.ts';
import type { CronJob } from './batch/cron-job.ts';
import type { Job } from './batch/job.ts';
import type { CertificateSigningRequest } from './certificates/certificate-signing-request.ts';
import type { Lease } from './coordination/lease.ts';
import type { Binding } from './core/binding.ts';
import type { ComponentStatus } from './core/component-status.ts';
import type { ConfigMap } from './core/config-map.ts';
import type { Endpoints } from './core/endpoints.ts';
import type { Event } from './core/event.ts';
import type { LimitRange } from './core/limit-range.ts';
import type { Namespace } from './core/namespace.ts';
import type { Node } from './core/node.ts';
import type { PersistentVolume } from './core/persistent-volume.ts';
import type { PersistentVolumeClaim } from './core/persistent-volume-claim.ts';
import type { Pod } from './core/pod.ts';
import type { PodTemplate } from './core/pod-template.ts';
import type { ReplicationController } from './core/replication-controller.ts';
import type { ResourceQuota } from './core/resource-quota.ts';
import type { Secret } from './core/secret.ts';
import type { Service } from './core/service.ts';
import type { ServiceAccount } from './core/service-account.ts';
import type { EndpointSlice } from './discovery/endpoint-slice.ts';
import type { Event as EventInEvents } from './events/event.ts';
import type { FlowSchema } from './flowcontrol/flow-schema.ts';
import type { PriorityLevelConfiguration } from './flowcontrol/priority-level-configuration.ts';
import type { NodeMetrics } from './metrics/node-metrics.ts';
import type { PodMetrics } from './metrics/pod-metrics.ts';
import type { Ingress } from './networking/ingress.ts';
import type { IngressClass } from './networking/ingress-class.ts';
import type { NetworkPolicy } from './networking/network-policy.ts';
import type { RuntimeClass } from './node/runtime-class.ts';
import type { PodDisruptionBudget } from './policy/pod-disruption-budget.ts';
import type { ClusterRole } from './rbac/cluster-role.ts';
import type { ClusterRoleBinding } from './rbac/cluster-role-binding.ts';
import type { Role } from './rbac/role.ts';
import type { RoleBinding } from './rbac/role-binding.ts';
import type { Resource, Strategy, Verb } from './resource.ts';
import type { PriorityClass } from './scheduling/priority-class.ts';
import type { CSIDriver } from './storage/csi-driver.ts';
import type { CSINode } from './storage/csi-node.ts';
import type { CSIStorageCapacity } from './storage/csi-storage-capacity.ts';
import type { StorageClass } from './storage/storage-class.ts';
import type { VolumeAttachment } from './storage/volume-attachment.ts';

const allVerbs: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

type Row<T extends KubeObject> = Pick<
  Resource<T>,
  'group' | 'version' | 'kind' | 'resource' | 'namespaced' | 'load'
> &
  Partial<Resource<T>>;

/** Completes a row: what most rows have in common stands here once. */
function row<T extends KubeObject>(names: Row<T>): Resource<T> {
  return {
    singular: names.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    subresources: [],
    verbs: allVerbs,
    retention: 'durable',
    delivery: 'none',
    ...names,
  };
}

/** Loads a module of a Kind and takes its `strategy`. */
function strategyOf<T extends KubeObject>(module: Promise<{ strategy: Strategy<T> }>): Promise<Strategy<T>> {
  return module.then(({ strategy }) => strategy);
}

export const namespaces = row<Namespace>({
  group: '', version: 'v1', kind: 'Namespace', resource: 'namespaces', namespaced: false,
  verbs: allVerbs.filter((verb) => verb !== 'deletecollection'), shortNames: ['ns'],
  subresources: ['status', 'finalize'], load: () => strategyOf(import('./core/namespace.ts')),
});
export const nodes = row<Node>({
  group: '', version: 'v1', kind: 'Node', resource: 'nodes', namespaced: false,
  shortNames: ['no'], subresources: ['status', 'proxy'], load: () => strategyOf(import('./core/node.ts')),
});
export const pods = row<Pod>({
  group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespaced: true,
  shortNames: ['po'], categories: ['all'],
  subresources: ['status', 'log', 'exec', 'attach', 'portforward', 'proxy', 'binding', 'eviction', 'ephemeralcontainers', 'resize'],
  delivery: 'assigned', load: () => strategyOf(import('./core/pod.ts')),
});
export const configmaps = row<ConfigMap>({
  group: '', version: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespaced: true,
  shortNames: ['cm'], delivery: 'referenced', load: () => strategyOf(import('./core/config-map.ts')),
});
export const secrets = row<Secret>({
  group: '', version: 'v1', kind: 'Secret', resource: 'secrets', namespaced: true,
  delivery: 'referenced', load: () => strategyOf(import('./core/secret.ts')),
});
export const services = row<Service>({
  group: '', version: 'v1', kind: 'Service', resource: 'services', namespaced: true,
  shortNames: ['svc'], categories: ['all'], subresources: ['status', 'proxy'],
  load: () => strategyOf(import('./core/service.ts')),
});
export const endpoints = row<Endpoints>({
  group: '', version: 'v1', kind: 'Endpoints', resource: 'endpoints', namespaced: true,
  singular: 'endpoints', shortNames: ['ep'], load: () => strategyOf(import('./core/endpoints.ts')),
});
export const events = row<Event>({
  group: '', version: 'v1', kind: 'Event', resource: 'events', namespaced: true,
  shortNames: ['ev'], retention: 'memory', load: () => strategyOf(import('./core/event.ts')),
});
export const serviceaccounts = row<ServiceAccount>({
  group: '', version: 'v1', kind: 'ServiceAccount', resource: 'serviceaccounts', namespaced: true,
  shortNames: ['sa'], subresources: ['token'], load: () => strategyOf(import('./core/service-account.ts')),
});
export const replicasets = row<ReplicaSet>({
  group: 'apps', version: 'v1', kind: 'ReplicaSet', resource: 'replicasets', namespaced: true,
  shortNames: ['rs'], categories: ['all'], subresources: ['status', 'scale'],
  load: () => strategyOf(import('./apps/replica-set.ts')),
});
export const deployments = row<Deployment>({
  group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments', namespaced: true,
  shortNames: ['deploy'], categories: ['all'], subresources: ['status', 'scale'],
  load: () => strategyOf(import('./apps/deployment.ts')),
});
export const replicationcontrollers = row<ReplicationController>({
  group: '', version: 'v1', kind: 'ReplicationController', resource: 'replicationcontrollers', namespaced: true,
  shortNames: ['rc'], categories: ['all'], subresources: ['status', 'scale'],
  load: () => strategyOf(import('./core/replication-controller.ts')),
});
export const podtemplates = row<PodTemplate>({
  group: '', version: 'v1', kind: 'PodTemplate', resource: 'podtemplates', namespaced: true,
  load: () => strategyOf(import('./core/pod-template.ts')),
});
export const resourcequotas = row<ResourceQuota>({
  group: '', version: 'v1', kind: 'ResourceQuota', resource: 'resourcequotas', namespaced: true,
  shortNames: ['quota'], subresources: ['status'], load: () => strategyOf(import('./core/resource-quota.ts')),
});
export const limitranges = row<LimitRange>({
  group: '', version: 'v1', kind: 'LimitRange', resource: 'limitranges', namespaced: true,
  shortNames: ['limits'], load: () => strategyOf(import('./core/limit-range.ts')),
});
export const statefulsets = row<StatefulSet>({
  group: 'apps', version: 'v1', kind: 'StatefulSet', resource: 'statefulsets', namespaced: true,
  shortNames: ['sts'], categories: ['all'], subresources: ['status', 'scale'],
  load: () => strategyOf(import('./apps/stateful-set.ts')),
});
export const daemonsets = row<DaemonSet>({
  group: 'apps', version: 'v1', kind: 'DaemonSet', resource: 'daemonsets', namespaced: true,
  shortNames: ['ds'], categories: ['all'], subresources: ['status'],
  load: () => strategyOf(import('./apps/daemon-set.ts')),
});
export const controllerrevisions = row<ControllerRevision>({
  group: 'apps', version: 'v1', kind: 'ControllerRevision', resource: 'controllerrevisions', namespaced: true,
  load: () => strategyOf(import('./apps/controller-revision.ts')),
});
export const horizontalpodautoscalers = row<HorizontalPodAutoscaler>({
  group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler', resource: 'horizontalpodautoscalers', namespaced: true,
  shortNames: ['hpa'], categories: ['all'], subresources: ['status'],
  load: () => strategyOf(import('./autoscaling/horizontal-pod-autoscaler.ts')),
});
export const horizontalpodautoscalersV1 = row<HorizontalPodAutoscalerV1>({
  group: 'autoscaling', version: 'v1', kind: 'HorizontalPodAutoscaler', resource: 'horizontalpodautoscalers', namespaced: true,
  shortNames: ['hpa'], categories: ['all'], subresources: ['status'], storage: 'v2',
  load: () => strategyOf(import('./autoscaling/horizontal-pod-autoscaler-v1.ts')),
});
export const jobs = row<Job>({
  group: 'batch', version: 'v1', kind: 'Job', resource: 'jobs', namespaced: true,
  categories: ['all'], subresources: ['status'], load: () => strategyOf(import('./batch/job.ts')),
});
export const cronjobs = row<CronJob>({
  group: 'batch', version: 'v1', kind: 'CronJob', resource: 'cronjobs', namespaced: true,
  shortNames: ['cj'], categories: ['all'], subresources: ['status'],
  load: () => strategyOf(import('./batch/cron-job.ts')),
});
export const poddisruptionbudgets = row<PodDisruptionBudget>({
  group: 'policy', version: 'v1', kind: 'PodDisruptionBudget', resource: 'poddisruptionbudgets', namespaced: true,
  shortNames: ['pdb'], subresources: ['status'],
  load: () => strategyOf(import('./policy/pod-disruption-budget.ts')),
});
export const priorityclasses = row<PriorityClass>({
  group: 'scheduling.k8s.io', version: 'v1', kind: 'PriorityClass', resource: 'priorityclasses', namespaced: false,
  shortNames: ['pc'], load: () => strategyOf(import('./scheduling/priority-class.ts')),
});
export const customresourcedefinitions = row<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', resource: 'customresourcedefinitions', namespaced: false,
  shortNames: ['crd', 'crds'], categories: ['api-extensions'], subresources: ['status'],
  load: () => strategyOf(import('./apiextensions/custom-resource-definition.ts')),
});
export const certificatesigningrequests = row<CertificateSigningRequest>({
  group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest', resource: 'certificatesigningrequests', namespaced: false,
  shortNames: ['csr'], subresources: ['status', 'approval'],
  load: () => strategyOf(import('./certificates/certificate-signing-request.ts')),
});
export const leases = row<Lease>({
  group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', resource: 'leases', namespaced: true,
  retention: 'memory', load: () => strategyOf(import('./coordination/lease.ts')),
});
export const endpointslices = row<EndpointSlice>({
  group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice', resource: 'endpointslices', namespaced: true,
  load: () => strategyOf(import('./discovery/endpoint-slice.ts')),
});
export const runtimeclasses = row<RuntimeClass>({
  group: 'node.k8s.io', version: 'v1', kind: 'RuntimeClass', resource: 'runtimeclasses', namespaced: false,
  load: () => strategyOf(import('./node/runtime-class.ts')),
});
export const persistentvolumes = row<PersistentVolume>({
  group: '', version: 'v1', kind: 'PersistentVolume', resource: 'persistentvolumes', namespaced: false,
  shortNames: ['pv'], subresources: ['status'], load: () => strategyOf(import('./core/persistent-volume.ts')),
});
export const persistentvolumeclaims = row<PersistentVolumeClaim>({
  group: '', version: 'v1', kind: 'PersistentVolumeClaim', resource: 'persistentvolumeclaims', namespaced: true,
  shortNames: ['pvc'], subresources: ['status'],
  load: () => strategyOf(import('./core/persistent-volume-claim.ts')),
});
export const ingresses = row<Ingress>({
  group: 'networking.k8s.io', version: 'v1', kind: 'Ingress', resource: 'ingresses', namespaced: true,
  shortNames: ['ing'], subresources: ['status'], load: () => strategyOf(import('./networking/ingress.ts')),
});
export const ingressclasses = row<IngressClass>({
  group: 'networking.k8s.io', version: 'v1', kind: 'IngressClass', resource: 'ingressclasses', namespaced: false,
  load: () => strategyOf(import('./networking/ingress-class.ts')),
});
export const networkpolicies = row<NetworkPolicy>({
  group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy', resource: 'networkpolicies', namespaced: true,
  shortNames: ['netpol'], load: () => strategyOf(import('./networking/network-policy.ts')),
});
export const roles = row<Role>({
  group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'Role', resource: 'roles', namespaced: true,
  load: () => strategyOf(import('./rbac/role.ts')),
});
export const rolebindings = row<RoleBinding>({
  group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'RoleBinding', resource: 'rolebindings', namespaced: true,
  load: () => strategyOf(import('./rbac/role-binding.ts')),
});
export const clusterroles = row<ClusterRole>({
  group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRole', resource: 'clusterroles', namespaced: false,
  load: () => strategyOf(import('./rbac/cluster-role.ts')),
});
export const clusterrolebindings = row<ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'ClusterRoleBinding', resource: 'clusterrolebindings', namespaced: false,
  load: () => strategyOf(import('./rbac/cluster-role-binding.ts')),
});
export const storageclasses = row<StorageClass>({
  group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass', resource: 'storageclasses', namespaced: false,
  shortNames: ['sc'], load: () => strategyOf(import('./storage/storage-class.ts')),
});
export const csidrivers = row<CSIDriver>({
  group: 'storage.k8s.io', version: 'v1', kind: 'CSIDriver', resource: 'csidrivers', namespaced: false,
  load: () => strategyOf(import('./storage/csi-driver.ts')),
});
export const csinodes = row<CSINode>({
  group: 'storage.k8s.io', version: 'v1', kind: 'CSINode', resource: 'csinodes', namespaced: false,
  load: () => strategyOf(import('./storage/csi-node.ts')),
});
export const volumeattachments = row<VolumeAttachment>({
  group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttachment', resource: 'volumeattachments', namespaced: false,
  subresources: ['status'], load: () => strategyOf(import('./storage/volume-attachment.ts')),
});
export const csistoragecapacities = row<CSIStorageCapacity>({
  group: 'storage.k8s.io', version: 'v1', kind: 'CSIStorageCapacity', resource: 'csistoragecapacities', namespaced: true,
  load: () => strategyOf(import('./storage/csi-storage-capacity.ts')),
});
export const mutatingwebhookconfigurations = row<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io', version: 'v1', kind: 'MutatingWebhookConfiguration', resource: 'mutatingwebhookconfigurations', namespaced: false,
  categories: ['api-extensions'],
  load: () => strategyOf(import('./admissionregistration/mutating-webhook-configuration.ts')),
});
export const validatingwebhookconfigurations = row<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io', version: 'v1', kind: 'ValidatingWebhookConfiguration', resource: 'validatingwebhookconfigurations', namespaced: false,
  categories: ['api-extensions'],
  load: () => strategyOf(import('./admissionregistration/validating-webhook-configuration.ts')),
});
export const validatingadmissionpolicies = row<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io', version: 'v1', kind: 'ValidatingAdmissionPolicy', resource: 'validatingadmissionpolicies', namespaced: false,
  categories: ['api-extensions'], subresources: ['status'],
  load: () => strategyOf(import('./admissionregistration/validating-admission-policy.ts')),
});
export const validatingadmissionpolicybindings = row<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io', version: 'v1', kind: 'ValidatingAdmissionPolicyBinding', resource: 'validatingadmissionpolicybindings', namespaced: false,
  categories: ['api-extensions'],
  load: () => strategyOf(import('./admissionregistration/validating-admission-policy-binding.ts')),
});
export const flowschemas = row<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io', version: 'v1', kind: 'FlowSchema', resource: 'flowschemas', namespaced: false,
  subresources: ['status'], load: () => strategyOf(import('./flowcontrol/flow-schema.ts')),
});
export const prioritylevelconfigurations = row<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io', version: 'v1', kind: 'PriorityLevelConfiguration', resource: 'prioritylevelconfigurations', namespaced: false,
  subresources: ['status'], load: () => strategyOf(import('./flowcontrol/priority-level-configuration.ts')),
});
export const bindings = row<Binding>({
  group: '', version: 'v1', kind: 'Binding', resource: 'bindings', namespaced: true,
  verbs: ['create'], virtual: true, load: () => strategyOf(import('./core/binding.ts')),
});
export const componentstatuses = row<ComponentStatus>({
  group: '', version: 'v1', kind: 'ComponentStatus', resource: 'componentstatuses', namespaced: false,
  shortNames: ['cs'], verbs: ['get', 'list'], virtual: true, deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  load: () => strategyOf(import('./core/component-status.ts')),
});
export const tokenreviews = row<TokenReview>({
  group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview', resource: 'tokenreviews', namespaced: false,
  verbs: ['create'], virtual: true, load: () => strategyOf(import('./authentication/token-review.ts')),
});
export const selfsubjectreviews = row<SelfSubjectReview>({
  group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview', resource: 'selfsubjectreviews', namespaced: false,
  verbs: ['create'], virtual: true, load: () => strategyOf(import('./authentication/self-subject-review.ts')),
});
export const localsubjectaccessreviews = row<LocalSubjectAccessReview>({
  group: 'authorization.k8s.io', version: 'v1', kind: 'LocalSubjectAccessReview', resource: 'localsubjectaccessreviews', namespaced: true,
  verbs: ['create'], virtual: true,
  load: () => strategyOf(import('./authorization/local-subject-access-review.ts')),
});
export const selfsubjectaccessreviews = row<SelfSubjectAccessReview>({
  group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectAccessReview', resource: 'selfsubjectaccessreviews', namespaced: false,
  verbs: ['create'], virtual: true,
  load: () => strategyOf(import('./authorization/self-subject-access-review.ts')),
});
export const selfsubjectrulesreviews = row<SelfSubjectRulesReview>({
  group: 'authorization.k8s.io', version: 'v1', kind: 'SelfSubjectRulesReview', resource: 'selfsubjectrulesreviews', namespaced: false,
  verbs: ['create'], virtual: true,
  load: () => strategyOf(import('./authorization/self-subject-rules-review.ts')),
});
export const subjectaccessreviews = row<SubjectAccessReview>({
  group: 'authorization.k8s.io', version: 'v1', kind: 'SubjectAccessReview', resource: 'subjectaccessreviews', namespaced: false,
  verbs: ['create'], virtual: true, load: () => strategyOf(import('./authorization/subject-access-review.ts')),
});
export const apiservices = row<APIService>({
  group: 'apiregistration.k8s.io', version: 'v1', kind: 'APIService', resource: 'apiservices', namespaced: false,
  categories: ['api-extensions'], subresources: ['status'],
  load: () => strategyOf(import('./apiregistration/api-service.ts')),
});
export const eventsInEvents = row<EventInEvents>({
  group: 'events.k8s.io', version: 'v1', kind: 'Event', resource: 'events', namespaced: true,
  shortNames: ['ev'], retention: 'memory', storedAs: events, load: () => strategyOf(import('./events/event.ts')),
});

export const nodemetrics = row<NodeMetrics>({
  group: 'metrics.k8s.io', version: 'v1beta1', kind: 'NodeMetrics', resource: 'nodes', namespaced: false,
  verbs: ['get', 'list'], virtual: true, load: () => strategyOf(import('./metrics/node-metrics.ts')),
});
export const podmetrics = row<PodMetrics>({
  group: 'metrics.k8s.io', version: 'v1beta1', kind: 'PodMetrics', resource: 'pods', namespaced: true,
  verbs: ['get', 'list'], virtual: true, load: () => strategyOf(import('./metrics/pod-metrics.ts')),
});

/** In the order of discovery. */
export const resources: readonly Resource[] = [
  namespaces, nodes, pods, configmaps, secrets, services, endpoints, events, serviceaccounts,
  bindings, componentstatuses, replicationcontrollers, podtemplates, resourcequotas, limitranges, persistentvolumes,
  persistentvolumeclaims, deployments, replicasets, statefulsets, daemonsets, controllerrevisions,
  horizontalpodautoscalers, horizontalpodautoscalersV1, jobs, cronjobs, poddisruptionbudgets, priorityclasses,
  customresourcedefinitions, certificatesigningrequests, leases, endpointslices, runtimeclasses, ingresses,
  ingressclasses, networkpolicies, roles, rolebindings, clusterroles, clusterrolebindings, storageclasses,
  csidrivers, csinodes, volumeattachments, csistoragecapacities, mutatingwebhookconfigurations,
  validatingwebhookconfigurations, validatingadmissionpolicies, validatingadmissionpolicybindings, flowschemas,
  prioritylevelconfigurations, tokenreviews, selfsubjectreviews, localsubjectaccessreviews,
  selfsubjectaccessreviews, selfsubjectrulesreviews, subjectaccessreviews, apiservices, eventsInEvents,
  nodemetrics, podmetrics,
] as readonly Resource[];
