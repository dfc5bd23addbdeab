// The types of metrics.k8s.io/v1beta1, in no package of types: as k8s.io/metrics v0.32 has them. name → {schema, words}.

const prefix = 'io.k8s.metrics.pkg.apis.metrics.v1beta1';

const objectWords = {
  apiVersion:
    'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  kind: 'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
  metadata:
    "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
  timestamp:
    'The following fields define time interval from which metrics were collected from the interval [Timestamp-Window, Timestamp].',
  window: '',
};

const object = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: { type: 'ref', name: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
  timestamp: { type: 'string', format: 'date-time' },
  window: { type: 'string' },
};

const usage = { type: 'map', values: { type: 'string', format: 'quantity' } };

export const metricsTypes = {
  [`${prefix}.NodeMetrics`]: {
    schema: { properties: { ...object, usage }, required: ['timestamp', 'window', 'usage'] },
    words: {
      description: 'NodeMetrics sets resource usage metrics of a node.',
      properties: { ...objectWords, usage: 'The memory usage is the memory working set.' },
    },
  },
  [`${prefix}.PodMetrics`]: {
    schema: {
      properties: {
        ...object,
        containers: { type: 'array', items: { type: 'ref', name: `${prefix}.ContainerMetrics` } },
      },
      required: ['timestamp', 'window', 'containers'],
    },
    words: {
      description: 'PodMetrics sets resource usage metrics of a pod.',
      properties: {
        ...objectWords,
        containers: 'Metrics for all containers are collected within the same time window.',
      },
    },
  },
  [`${prefix}.ContainerMetrics`]: {
    schema: { properties: { name: { type: 'string' }, usage }, required: ['name', 'usage'] },
    words: {
      description: 'ContainerMetrics sets resource usage metrics of a container.',
      properties: {
        name: 'Container name corresponding to the one from pod.spec.containers.',
        usage: 'The memory usage is the memory working set.',
      },
    },
  },
};
