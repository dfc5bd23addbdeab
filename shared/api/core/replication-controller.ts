// The Kind ReplicationController: a number of pods after one template, as ReplicaSets were before sets of labels.

export type { ReplicationController } from 'kubernetes-types/core/v1';

import type {
  PodTemplateSpec,
  ReplicationController,
  ReplicationControllerSpec,
} from 'kubernetes-types/core/v1';
import {
  type FieldError,
  FieldPath,
  faults,
  formatLabelSelector,
  type Labels,
  selectorFromLabels,
} from '../../machinery/index.ts';
import { notNegative, validateReplicaStatus, validateSelectedTemplate } from '../apps/replicated-pods.ts';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../columns.ts';
import type { Strategy } from '../resource.ts';
import { defaultPodTemplateSpec } from './pod-defaults.ts';
import { podNameWarnings } from './pod-name-warnings.ts';
import { containerColumns } from './pod-template-columns.ts';
import { podTemplateWarnings } from './pod-warnings.ts';

const specPath = new FieldPath('spec');

export const strategy: Strategy<ReplicationController> = {
  schema: 'io.k8s.api.core.v1.ReplicationController',
  generation: true,
  garbagePolicy: 'Orphan',
  default(controller) {
    const { spec } = controller;
    if (!spec) return;
    spec.replicas ??= 1;
    if (!spec.template) return;
    defaultPodTemplateSpec(spec.template);
    defaultLabels(controller, spec, spec.template);
  },
  prepareForCreate(controller) {
    Object.assign(controller, { status: { replicas: 0 } });
  },
  validate: ({ spec }) => validateSpec(spec ?? {}),
  validateStatusUpdate: ({ status }) => validateReplicaStatus(status ?? { replicas: 0 }),
  warnings: ({ metadata, spec }, old) => [
    ...(old ? [] : podNameWarnings(metadata?.name)),
    ...podTemplateWarnings(spec?.template, specPath.child('template')),
  ],
  fields: { 'status.replicas': ({ status }) => `${status?.replicas ?? 0}` },
  columns: [
    nameColumn(),
    integerColumn(
      'Desired',
      'Replicas is the number of desired replicas. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller',
      ({ spec }) => spec?.replicas ?? 0,
    ),
    integerColumn(
      'Current',
      'Replicas is the most recently observed number of replicas. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller',
      ({ status }) => status?.replicas ?? 0,
    ),
    integerColumn(
      'Ready',
      'The number of ready replicas for this replication controller.',
      ({ status }) => status?.readyReplicas ?? 0,
    ),
    ageColumn(),
    ...containerColumns<ReplicationController>(({ spec }) => spec?.template),
    textColumn(
      'Selector',
      'Selector is a label query over pods that should match the Replicas count. If Selector is empty, it is defaulted to the labels present on the Pod template. Label keys and values that must match in order to be controlled by this replication controller, if empty defaulted to labels on Pod template. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
      ({ spec }) => formatLabelSelector({ matchLabels: spec?.selector ?? {} }),
      'wide',
    ),
  ],
  scale: {
    replicas: ({ spec }) => spec?.replicas ?? 0,
    setReplicas({ spec }, replicas) {
      if (spec) spec.replicas = replicas;
    },
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => selectorFromLabels(spec?.selector).toString(),
  },
};

/** What the template's pods are labelled with selects them, and labels the controller, unless it says otherwise. */
function defaultLabels(
  controller: ReplicationController,
  spec: ReplicationControllerSpec,
  template: PodTemplateSpec,
): void {
  const labels = template.metadata?.labels;
  if (!labels) return;
  if (isEmpty(spec.selector)) spec.selector = { ...labels };
  controller.metadata ??= {};
  if (isEmpty(controller.metadata.labels)) controller.metadata.labels = { ...labels };
}

function isEmpty(labels: Labels | undefined): boolean {
  return Object.keys(labels ?? {}).length === 0;
}

function validateSpec(spec: ReplicationControllerSpec): FieldError[] {
  const at = specPath.child('template');
  return [
    ...notNegative(spec.minReadySeconds, specPath.child('minReadySeconds')),
    ...(isEmpty(spec.selector) ? [faults.required(specPath.child('selector'))] : []),
    ...notNegative(spec.replicas, specPath.child('replicas')),
    ...(spec.template
      ? validateSelectedTemplate(
          spec.template,
          selectorFromLabels(spec.selector),
          at,
          'ReplicationController',
        )
      : [faults.required(at)]),
  ];
}
