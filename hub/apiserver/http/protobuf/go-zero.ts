// Where Go's structs and JSON differ. A Go field that is no pointer is always on the wire, zero or not, and JSON leaves its
// zero out; a pointer is on the wire when it is set, and its zero means something. Embedded structs are fields on the wire
// and none in JSON.

/** Fields of pointer type whose zero is not the same as their absence. */
const pointers = new Set([
  'activeDeadlineSeconds',
  'allowPrivilegeEscalation',
  'automountServiceAccountToken',
  'backoffLimit',
  'backoffLimitPerIndex',
  'blockOwnerDeletion',
  'completions',
  'controller',
  'defaultMode',
  'deletionGracePeriodSeconds',
  'enableServiceLinks',
  'expirationSeconds',
  'failedJobsHistoryLimit',
  'fsGroup',
  'gracePeriodSeconds',
  'hostUsers',
  'immutable',
  'maxFailedIndexes',
  'minReplicas',
  'mode',
  'orphanDependents',
  'parallelism',
  'partition',
  'priority',
  'progressDeadlineSeconds',
  'readOnlyRootFilesystem',
  'replicas',
  'revisionHistoryLimit',
  'runAsGroup',
  'runAsNonRoot',
  'runAsUser',
  'setHostnameAsFQDN',
  'shareProcessNamespace',
  'startingDeadlineSeconds',
  'storageClassName',
  'successfulJobsHistoryLimit',
  'suspend',
  'terminationGracePeriodSeconds',
  'tolerationSeconds',
  'ttlSecondsAfterFinished',
]);

export function absentWhenZero(field: string, value: unknown): boolean {
  return (value === '' || value === 0 || value === false) && !pointers.has(field);
}

const embedded = new Set([
  'ephemeralContainerCommon',
  'handler',
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
