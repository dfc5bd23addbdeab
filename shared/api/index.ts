// Names, types and the decoder: nothing here loads a strategy or a schema until it is asked to.

export { accountGroups, accountOf, accountUserName } from './account-names.ts';
export type { MutatingWebhookConfiguration } from './admissionregistration/mutating-webhook-configuration.ts';
export type { ValidatingAdmissionPolicy } from './admissionregistration/validating-admission-policy.ts';
export type { ValidatingAdmissionPolicyBinding } from './admissionregistration/validating-admission-policy-binding.ts';
export type { ValidatingWebhookConfiguration } from './admissionregistration/validating-webhook-configuration.ts';
export {
  connectedHubAnnotation,
  niceAnnotation,
  pinnedAnnotation,
  runtimeHandlerAnnotation,
} from './annotations.ts';
export type { CustomResourceDefinition } from './apiextensions/definition.ts';
export type { APIService } from './apiregistration/api-service.ts';
export { type Availability, localAvailability } from './apiregistration/local-availability.ts';
export type { ControllerRevision } from './apps/controller-revision.ts';
export type { DaemonSet } from './apps/daemon-set.ts';
export type { Deployment } from './apps/deployment.ts';
export { parseRevision, revisionAnnotation } from './apps/deployment-revision.ts';
export type { ReplicaSet } from './apps/replica-set.ts';
export type { StatefulSet } from './apps/stateful-set.ts';
export type { SelfSubjectReview } from './authentication/self-subject-review.ts';
export type { TokenReview } from './authentication/token-review.ts';
export type { LocalSubjectAccessReview } from './authorization/local-subject-access-review.ts';
export type { SelfSubjectAccessReview } from './authorization/self-subject-access-review.ts';
export type { SelfSubjectRulesReview } from './authorization/self-subject-rules-review.ts';
export type { SubjectAccessReview } from './authorization/subject-access-review.ts';
export type { HorizontalPodAutoscaler } from './autoscaling/horizontal-pod-autoscaler.ts';
export type { CronJob } from './batch/cron-job.ts';
export type { Job } from './batch/job.ts';
export type { CertificateSigningRequest } from './certificates/certificate-signing-request.ts';
export type { Lease } from './coordination/lease.ts';
export { enforceMountableSecrets } from './core/account-annotations.ts';
export * from './core/claim-annotations.ts';
export type { ComponentStatus } from './core/component-status.ts';
export type { ConfigMap } from './core/config-map.ts';
export { disruptionTarget } from './core/disruption-target.ts';
export type { Endpoints } from './core/endpoints.ts';
export type { Event } from './core/event.ts';
export type { LimitRange, LimitRangeItem } from './core/limit-range.ts';
export {
  claimProtection,
  localProvisioner,
  localVolumeFinalizer,
  localVolumeNode,
  nodeToClean,
  provisionedByAnnotation,
  volumeNodeAnnotation,
  volumeProtection,
  volumesFolderAnnotation,
} from './core/local-volume.ts';
export type { Namespace } from './core/namespace.ts';
export type { Node, NodeCondition, NodeSelectorTerm, Taint } from './core/node.ts';
export type { PersistentVolume } from './core/persistent-volume.ts';
export type { PersistentVolumeClaim } from './core/persistent-volume-claim.ts';
export type {
  Container,
  ContainerStatus,
  Pod,
  PodCondition,
  PodSpec,
  PodStatus,
  PodTemplateSpec,
  Toleration,
} from './core/pod.ts';
export { priorityOf } from './core/pod-priority.ts';
export { type QosClass, qosClass } from './core/pod-qos.ts';
export { claimNameOf, clusterReferences, type PodReference, podReferences } from './core/pod-references.ts';
export { isConditionOfNode, isOver, isTerminated, statusForNode } from './core/pod-reported-status.ts';
export type { PodTemplate } from './core/pod-template.ts';
export { appArmorPrefix, mirrorPod, seccompPod, seccompPrefix } from './core/pod-validation/annotations.ts';
export { validateEphemeralContainersUpdate } from './core/pod-validation/ephemeral-update.ts';
export { validatePodResize } from './core/pod-validation/resize.ts';
export { howFarOf, pullMessage } from './core/pull-message.ts';
export type { ReplicationController } from './core/replication-controller.ts';
export type { ResourceQuota } from './core/resource-quota.ts';
export type { Secret } from './core/secret.ts';
export type { Service } from './core/service.ts';
export type { ServiceAccount } from './core/service-account.ts';
export { isSidecar, lastingContainers, sidecarsOf } from './core/sidecars.ts';
export {
  capacityOf,
  isVolumeOf,
  requestOf,
  volumeFor,
  volumeMismatch,
} from './core/volume-matching.ts';
export { classAnnotation, classOf } from './core/volume-text.ts';
export { type Decoded, decode, decodeOr, strictDecodingError } from './decode.ts';
export { canonicalTime } from './decode-scalars.ts';
export type { EndpointSlice } from './discovery/endpoint-slice.ts';
export type { Event as EventInEvents } from './events/event.ts';
export type { FlowSchema } from './flowcontrol/flow-schema.ts';
export { mandatoryFlowSchemas, mandatoryPriorityLevels } from './flowcontrol/mandatory.ts';
export type { PriorityLevelConfiguration } from './flowcontrol/priority-level-configuration.ts';
export { isOf } from './is-of.ts';
export type { NodeMetrics } from './metrics/node-metrics.ts';
export type { ContainerMetrics, PodMetrics } from './metrics/pod-metrics.ts';
export type * from './metrics/stats-summary.ts';
export { usageOf } from './metrics/usage.ts';
export { defaultIngressClassOf, namesIngressClass } from './networking/default-class.ts';
export type { Ingress } from './networking/ingress.ts';
export type { IngressClass } from './networking/ingress-class.ts';
export type { NetworkPolicy } from './networking/network-policy.ts';
export type { RuntimeClass } from './node/runtime-class.ts';
export { isWanted, matchesTerm } from './node-affinity.ts';
export { notActedOn } from './not-acted-on.ts';
export {
  isDisruptionAllowedCurrent,
  withDisruptionAllowed,
  withSyncFailed,
} from './policy/disruption-allowed.ts';
export type { PodDisruptionBudget } from './policy/pod-disruption-budget.ts';
export type { ClusterRole } from './rbac/cluster-role.ts';
export type { ClusterRoleBinding } from './rbac/cluster-role-binding.ts';
export type { Role } from './rbac/role.ts';
export type { RoleBinding } from './rbac/role-binding.ts';
export type * from './resource.ts';
export * from './resources.ts';
export type { PriorityClass } from './scheduling/priority-class.ts';
export { systemPriorityClasses } from './scheduling/system-priority-classes.ts';
export { type BuiltInSchemas, loadDescriptions, loadSchemaSet, type TypeDescription } from './schema-set.ts';
export type { CSIDriver } from './storage/csi-driver.ts';
export type { CSINode } from './storage/csi-node.ts';
export type { CSIStorageCapacity } from './storage/csi-storage-capacity.ts';
export { defaultClassAnnotation, defaultClassOf, isDefaultClass } from './storage/default-class.ts';
export type { StorageClass } from './storage/storage-class.ts';
export type { VolumeAttachment } from './storage/volume-attachment.ts';
export { strictFaults, yamlDuplicates } from './strict-faults.ts';
export { isTolerated, mergeTolerations, tolerates } from './tolerations.ts';
export { compareVersions } from './version-priority.ts';
