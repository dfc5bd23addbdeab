// Structs that are embedded in another in Go: fields on the wire, and none in JSON.

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
