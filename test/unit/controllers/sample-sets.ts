// Deployments, ReplicaSets and pods for the tables of cases.

import type { Deployment, Pod, ReplicaSet } from '../../../shared/api/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';

export const now = Date.parse('2026-01-01T12:00:00Z');

/** `ago` seconds before `now`. */
export function secondsAgo(ago: number): string {
  return `${new Date(now - ago * 1000).toISOString().slice(0, 19)}Z`;
}

function meta(name: string, created = 0) {
  return {
    name,
    namespace: 'default',
    uid: `uid-${name}`,
    resourceVersion: '1',
    creationTimestamp: secondsAgo(created),
  };
}

export function sampleDeployment(
  spec: Partial<Deployment['spec'] & object> = {},
  status: Deployment['status'] = {},
): Live<Deployment> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...meta('d'), generation: 1 },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'd' } },
      template: sampleTemplate('1'),
      progressDeadlineSeconds: 600,
      ...spec,
    },
    status,
  };
}

export function sampleTemplate(version: string) {
  return {
    metadata: { labels: { app: 'd' } },
    spec: { containers: [{ name: 'c', image: `busybox:${version}` }] },
  };
}

export interface SampleSet {
  replicas: number;
  available?: number;
  /** Default: as many as `replicas`. */
  actual?: number;
  version?: string;
  /** Seconds ago. */
  created?: number;
  annotations?: Record<string, string>;
}

export function sampleSet(name: string, options: SampleSet): Live<ReplicaSet> {
  const {
    replicas,
    available = replicas,
    actual = replicas,
    version = name,
    created = 0,
    annotations,
  } = options;
  const template = sampleTemplate(version);
  const labels = { ...template.metadata.labels, 'pod-template-hash': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { ...meta(name, created), labels, generation: 1, ...(annotations && { annotations }) },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { ...template, metadata: { labels } },
    },
    status: {
      replicas: actual,
      readyReplicas: available,
      availableReplicas: available,
      observedGeneration: 1,
    },
  };
}

export interface SamplePod {
  node?: string;
  phase?: string;
  /** Ready for so many seconds; absent: not ready. */
  readyFor?: number;
  /** Seconds ago. */
  created?: number;
  restarts?: number;
  cost?: string;
  labels?: Record<string, string>;
}

export function samplePod(name: string, options: SamplePod = {}): Live<Pod> {
  const { node, phase = 'Running', readyFor, created = 100, restarts = 0, cost, labels } = options;
  const annotations = cost === undefined ? undefined : { 'controller.kubernetes.io/pod-deletion-cost': cost };
  const ready = {
    type: 'Ready',
    status: readyFor === undefined ? 'False' : 'True',
    lastTransitionTime: secondsAgo(readyFor ?? 0),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...meta(name, created), ...(annotations && { annotations }), ...(labels && { labels }) },
    spec: { containers: [{ name: 'c', image: 'busybox' }], ...(node && { nodeName: node }) },
    status: {
      phase,
      conditions: [ready],
      containerStatuses: [
        { name: 'c', image: 'busybox', imageID: '', ready: readyFor !== undefined, restartCount: restarts },
      ],
    },
  };
}
