// The Kind ReplicaSet: a number of pods after one template.

export type { ReplicaSet } from 'kubernetes-types/apps/v1';

import type { ReplicaSet } from 'kubernetes-types/apps/v1';
import { FieldPath, formatLabelSelector, selectorFrom } from '../../machinery/index.ts';
import { defaultPodTemplateSpec } from '../core/pod-defaults.ts';
import { podNameWarnings } from '../core/pod-name-warnings.ts';
import { ageColumn, containerColumns, nameColumn } from '../core/pod-template-columns.ts';
import { podTemplateWarnings } from '../core/pod-warnings.ts';
import type { Column, Strategy } from '../resource.ts';
import {
  validateReplicaSet,
  validateReplicaSetStatusUpdate,
  validateReplicaSetUpdate,
} from './replica-set-validation.ts';

const columns: readonly Column<ReplicaSet>[] = [
  nameColumn(),
  {
    name: 'Desired',
    type: 'integer',
    format: '',
    description:
      'Replicas is the number of desired pods. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset',
    priority: 0,
    cell: (set) => set.spec?.replicas ?? 0,
  },
  {
    name: 'Current',
    type: 'integer',
    format: '',
    description:
      'Replicas is the most recently observed number of replicas. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset',
    priority: 0,
    cell: (set) => set.status?.replicas ?? 0,
  },
  {
    name: 'Ready',
    type: 'integer',
    format: '',
    description: 'The number of ready replicas for this replica set.',
    priority: 0,
    cell: (set) => set.status?.readyReplicas ?? 0,
  },
  ageColumn(),
  ...containerColumns<ReplicaSet>((set) => set.spec?.template),
  {
    name: 'Selector',
    type: 'string',
    format: '',
    description:
      "Selector is a label query over pods that should match the replica count. Label keys and values that must match in order to be controlled by this replica set. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    priority: 1,
    cell: (set) => formatLabelSelector(set.spec?.selector),
  },
];

export const strategy: Strategy<ReplicaSet> = {
  schema: 'io.k8s.api.apps.v1.ReplicaSet',
  generation: true,
  default({ spec }) {
    // Without a spec there is no selector: never valid, so there is nothing to fill in.
    if (!spec) return;
    spec.replicas ??= 1;
    spec.template = defaultPodTemplateSpec(spec.template ?? {});
  },
  prepareForCreate(set) {
    Object.assign(set, { status: { replicas: 0 } });
  },
  validate: validateReplicaSet,
  validateUpdate: validateReplicaSetUpdate,
  validateStatusUpdate: validateReplicaSetStatusUpdate,
  warnings: ({ metadata, spec }) => [
    ...podNameWarnings(metadata?.name),
    ...podTemplateWarnings(spec?.template, new FieldPath('spec.template')),
  ],
  fields: { 'status.replicas': (set) => `${set.status?.replicas ?? 0}` },
  columns,
  scale: {
    replicas: (set) => set.spec?.replicas ?? 0,
    setReplicas(set, replicas) {
      if (set.spec) set.spec.replicas = replicas;
    },
    statusReplicas: (set) => set.status?.replicas ?? 0,
    selector: (set) => selectorFrom(set.spec?.selector).toString(),
  },
};
