// Fields that the generated client knows and Kubernetes v1.32 does not serve yet: package.version.Type → fields.

export const laterFields = {
  'core.v1.Container': ['restartPolicyRules'],
  'core.v1.ContainerStatus': ['stopSignal'],
  'core.v1.EnvVarSource': ['fileKeyRef'],
  'core.v1.EphemeralContainer': ['restartPolicyRules'],
  'core.v1.Lifecycle': ['stopSignal'],
  'core.v1.NodeSystemInfo': ['swap'],
  'core.v1.PodCondition': ['observedGeneration'],
  'core.v1.PodSpec': ['hostnameOverride'],
  'core.v1.PodStatus': ['extendedResourceClaimStatus', 'observedGeneration'],
  'core.v1.VolumeProjection': ['podCertificate'],
  'apps.v1.DeploymentStatus': ['terminatingReplicas'],
  'apps.v1.ReplicaSetStatus': ['terminatingReplicas'],
  'autoscaling.v2.HPAScalingRules': ['tolerance'],
  'discovery.v1.EndpointHints': ['forNodes'],
  'storage.v1.CSIDriverSpec': ['nodeAllocatableUpdatePeriodSeconds'],
  'storage.v1.VolumeError': ['errorCode'],
};
