// Where Go's structs and JSON differ. A Go field that is no pointer is always on the wire, zero or not, and JSON leaves its
// zero out; a pointer is on the wire when it is set, and its zero means something. Embedded structs are fields on the wire
// and none in JSON.

/** Fields of pointer type whose zero is not the same as their absence; of one message where others mean it otherwise. */
const pointers = new Set([
  'activeDeadlineSeconds',
  'allocateLoadBalancerNodePorts',
  'allowPrivilegeEscalation',
  'allowVolumeExpansion',
  'attachRequired',
  'automountServiceAccountToken',
  'averageUtilization',
  'backoffLimit',
  'backoffLimitPerIndex',
  'blockOwnerDeletion',
  'borrowingLimitPercent',
  'ClientIPConfig.timeoutSeconds',
  'completions',
  'controller',
  'CSIVolumeSource.readOnly',
  'defaultMode',
  'deletionGracePeriodSeconds',
  'enableServiceLinks',
  'endPort',
  'expirationSeconds',
  'failedJobsHistoryLimit',
  'fsGroup',
  'gracePeriodSeconds',
  'hostProcess',
  'hostUsers',
  'immutable',
  'leaseDurationSeconds',
  'leaseTransitions',
  'lendablePercent',
  'manualSelector',
  'maxFailedIndexes',
  'minDomains',
  'minReplicas',
  'mode',
  'MutatingWebhook.timeoutSeconds',
  'nominalConcurrencyShares',
  'optional',
  'orphanDependents',
  'parallelism',
  'podInfoOnMount',
  'priority',
  'privileged',
  'progressDeadlineSeconds',
  'readOnlyRootFilesystem',
  'ready',
  'replicas',
  'requiresRepublish',
  'revisionHistoryLimit',
  'RollingUpdateStatefulSetStrategy.partition',
  'runAsGroup',
  'runAsNonRoot',
  'runAsUser',
  'seLinuxMount',
  'serving',
  'setHostnameAsFQDN',
  'shareProcessNamespace',
  'stabilizationWindowSeconds',
  'started',
  'startingDeadlineSeconds',
  'storageCapacity',
  'storageClassName',
  'succeededCount',
  'successfulJobsHistoryLimit',
  'suspend',
  'targetAverageUtilization',
  'targetCPUUtilizationPercentage',
  'terminating',
  'terminationGracePeriodSeconds',
  'tolerationSeconds',
  'ttlSecondsAfterFinished',
  'ValidatingWebhook.timeoutSeconds',
]);

/** Fields that are no pointers, and that JSON has all the same. */
const always = new Set([
  'currentHealthy',
  'currentNumberScheduled',
  'desiredHealthy',
  'desiredNumberScheduled',
  'desiredReplicas',
  'disruptionsAllowed',
  'exitCode',
  'expectedPods',
  'maxSkew',
  'numberMisscheduled',
  'numberReady',
  'restartCount',
  'value',
]);

/** `message` is its full name, e.g. `api.core.v1.Probe`. */
export function absentWhenZero(message: string, field: string, value: unknown): boolean {
  if (value !== '' && value !== 0 && value !== false) return false;
  const own = `${message.slice(message.lastIndexOf('.') + 1)}.${field}`;
  return !pointers.has(field) && !pointers.has(own) && !(always.has(field) && value === 0);
}

const embedded = new Set([
  'ephemeralContainerCommon',
  'handler',
  'ingressRuleValue',
  'localObjectReference',
  'persistentVolumeSource',
  'rule',
  'ruleWithOperations',
  'volumeSource',
]);

/** True for an embedded struct: its fields stand in the object itself. */
export function isInlined(field: string, value: unknown): value is object {
  return embedded.has(field) && typeof value === 'object';
}
