// What Go calls the API's types: the words that decoding errors use, which people and their scripts know.

import type { FieldType } from '../machinery/index.ts';

/** Strings with a type of their own in Go. `Type.field` → its name; everything else is a plain string. */
const namedStrings: Record<string, string> = {
  'ObjectMeta.uid': 'types.UID',
  'OwnerReference.uid': 'types.UID',
  'ObjectReference.uid': 'types.UID',
  'Preconditions.uid': 'types.UID',
  'ManagedFieldsEntry.operation': 'v1.ManagedFieldsOperationType',
  'LabelSelectorRequirement.operator': 'v1.LabelSelectorOperator',
  'DeleteOptions.propagationPolicy': 'v1.DeletionPropagation',
  'Condition.status': 'v1.ConditionStatus',
  'Secret.type': 'v1.SecretType',
  'ServiceSpec.type': 'v1.ServiceType',
  'ServiceSpec.sessionAffinity': 'v1.ServiceAffinity',
  'ServiceSpec.externalTrafficPolicy': 'v1.ServiceExternalTrafficPolicy',
  'ServiceSpec.internalTrafficPolicy': 'v1.ServiceInternalTrafficPolicy',
  'ServiceSpec.ipFamilies': 'v1.IPFamily',
  'ServiceSpec.ipFamilyPolicy': 'v1.IPFamilyPolicy',
  'ServicePort.protocol': 'v1.Protocol',
  'EndpointPort.protocol': 'v1.Protocol',
  'ContainerPort.protocol': 'v1.Protocol',
  'Container.imagePullPolicy': 'v1.PullPolicy',
  'Container.terminationMessagePolicy': 'v1.TerminationMessagePolicy',
  'Container.restartPolicy': 'v1.ContainerRestartPolicy',
  'PodSpec.restartPolicy': 'v1.RestartPolicy',
  'PodSpec.dnsPolicy': 'v1.DNSPolicy',
  'PodSpec.preemptionPolicy': 'v1.PreemptionPolicy',
  'PodStatus.phase': 'v1.PodPhase',
  'PodStatus.qosClass': 'v1.PodQOSClass',
  'PodCondition.type': 'v1.PodConditionType',
  'PodCondition.status': 'v1.ConditionStatus',
  'Toleration.operator': 'v1.TolerationOperator',
  'Toleration.effect': 'v1.TaintEffect',
  'Taint.effect': 'v1.TaintEffect',
  'NodeSelectorRequirement.operator': 'v1.NodeSelectorOperator',
  'NodeCondition.type': 'v1.NodeConditionType',
  'NodeCondition.status': 'v1.ConditionStatus',
  'NodeAddress.type': 'v1.NodeAddressType',
  'NamespaceSpec.finalizers': 'v1.FinalizerName',
  'NamespaceStatus.phase': 'v1.NamespacePhase',
  'DeploymentStrategy.type': 'v1.DeploymentStrategyType',
  'DeploymentCondition.type': 'v1.DeploymentConditionType',
  'DeploymentCondition.status': 'v1.ConditionStatus',
  'CertificateSigningRequestSpec.usages': 'v1.KeyUsage',
  'CertificateSigningRequestCondition.type': 'v1.RequestConditionType',
  'CertificateSigningRequestCondition.status': 'v1.ConditionStatus',
  'EndpointSlice.addressType': 'v1.AddressType',
  'HTTPGetAction.scheme': 'v1.URIScheme',
  'EmptyDirVolumeSource.medium': 'v1.StorageMedium',
  'HostPathVolumeSource.type': 'v1.HostPathType',
  'SeccompProfile.type': 'v1.SeccompProfileType',
};

/** `io.k8s.api.core.v1.Pod` → `Pod`. */
export function structName(typeName: string): string {
  return typeName.slice(typeName.lastIndexOf('.') + 1);
}

/** `io.k8s.api.core.v1.Pod` → `v1.Pod`. */
export function qualifiedName(typeName: string): string {
  return typeName.split('.').slice(-2).join('.');
}

/** The Go type of a field (or of its items or values) of the type `owner`. */
export function goType(owner: string, field: string, type: FieldType): string {
  switch (type.type) {
    case 'array':
      return `[]${goType(owner, field, type.items)}`;
    case 'map':
      return type.values.type === 'string' && type.values.format === 'quantity'
        ? 'v1.ResourceList'
        : `map[string]${goType(owner, field, type.values)}`;
    case 'ref':
      return qualifiedName(type.name);
    case 'boolean':
      return 'bool';
    case 'integer':
      return type.format;
    case 'number':
      return 'float64';
    case 'any':
      return 'interface {}';
    case 'string':
      if (type.format === 'byte') return '[]uint8';
      return type.format ? 'string' : (namedStrings[`${structName(owner)}.${field}`] ?? 'string');
  }
}
