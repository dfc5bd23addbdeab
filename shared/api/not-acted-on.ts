// What Kelp stores and does not act on. Whoever writes such a field is warned of it, by its name; with the feature its line
// goes from here. Of a workload's template the same holds as of a pod.

/**
 * A field's path, `[]` for the items of a list; `=VALUE|VALUE` behind it: with these there is nothing to be missed.
 * An empty path is the Kind as a whole.
 */
type Line = string;

const ofPods: readonly Line[] = [
  'spec.resourceClaims',
  'spec.securityContext.seLinuxOptions',
  'spec.securityContext.seLinuxChangePolicy',
  'spec.securityContext.windowsOptions',
  ...['initContainers', 'containers'].flatMap((list) => [
    `spec.${list}[].securityContext.seLinuxOptions`,
    `spec.${list}[].securityContext.windowsOptions`,
  ]),
  ...[
    ...[
      'awsElasticBlockStore',
      'azureDisk',
      'azureFile',
      'cinder',
      'csi',
      'fc',
      'flexVolume',
      'gcePersistentDisk',
    ],
    ...['gitRepo', 'iscsi', 'portworxVolume', 'vsphereVolume'],
  ].map((source) => `spec.volumes[].${source}`),
  'spec.volumes[].projected.sources[].clusterTrustBundle',
];

const inTemplate = (template: string): Line[] => ofPods.map((line) => `${template}.${line}`);
const wholeKind: readonly Line[] = [''];

/** By the row's group and resource. */
export const notActedOn: Readonly<Record<string, readonly Line[]>> = {
  '/pods': ofPods,
  '/services': [
    'spec.allocateLoadBalancerNodePorts=true',
    'spec.externalIPs',
    'spec.externalName',
    'spec.externalTrafficPolicy=Cluster',
    'spec.internalTrafficPolicy=Cluster',
    'spec.loadBalancerClass',
    'spec.loadBalancerIP',
    'spec.loadBalancerSourceRanges',
    'spec.sessionAffinity=None',
    'spec.trafficDistribution',
    'spec.type=ClusterIP|ExternalName',
  ],
  '/persistentvolumeclaims': ['spec.dataSource', 'spec.dataSourceRef', 'spec.volumeAttributesClassName'],
  '/replicationcontrollers': inTemplate('spec.template'),
  'apps/replicasets': inTemplate('spec.template'),
  'apps/deployments': inTemplate('spec.template'),
  'apps/daemonsets': inTemplate('spec.template'),
  'apps/statefulsets': inTemplate('spec.template'),
  'batch/cronjobs': inTemplate('spec.jobTemplate.spec.template'),
  'batch/jobs': inTemplate('spec.template'),
  'networking.k8s.io/ingresses': wholeKind,
  'networking.k8s.io/ingressclasses': wholeKind,
  'networking.k8s.io/networkpolicies': wholeKind,
  'storage.k8s.io/csidrivers': wholeKind,
  'storage.k8s.io/csinodes': wholeKind,
  'storage.k8s.io/csistoragecapacities': wholeKind,
  'storage.k8s.io/volumeattachments': wholeKind,
};
