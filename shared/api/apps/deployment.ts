// The Kind Deployment: pods after a template, and how they are replaced when the template changes.

export type { Deployment } from 'kubernetes-types/apps/v1';

import type { Deployment, DeploymentSpec } from 'kubernetes-types/apps/v1';
import { FieldPath, selectorFrom } from '../../machinery/index.ts';
import { defaultPodTemplateSpec } from '../core/pod-defaults.ts';
import { podNameWarnings } from '../core/pod-name-warnings.ts';
import { ageColumn, containerColumns, nameColumn } from '../core/pod-template-columns.ts';
import { podTemplateWarnings } from '../core/pod-warnings.ts';
import type { Column, Strategy } from '../resource.ts';
import {
  validateDeployment,
  validateDeploymentStatusUpdate,
  validateDeploymentUpdate,
} from './deployment-validation.ts';

const columns: readonly Column<Deployment>[] = [
  nameColumn(),
  {
    name: 'Ready',
    type: 'string',
    format: '',
    description: 'Number of the pod with ready state',
    priority: 0,
    cell: (deployment) => `${deployment.status?.readyReplicas ?? 0}/${deployment.spec?.replicas ?? 0}`,
  },
  {
    name: 'Up-to-date',
    type: 'string',
    format: '',
    description:
      'Total number of non-terminated pods targeted by this deployment that have the desired template spec.',
    priority: 0,
    cell: (deployment) => deployment.status?.updatedReplicas ?? 0,
  },
  {
    name: 'Available',
    type: 'string',
    format: '',
    description:
      'Total number of available pods (ready for at least minReadySeconds) targeted by this deployment.',
    priority: 0,
    cell: (deployment) => deployment.status?.availableReplicas ?? 0,
  },
  ageColumn(),
  ...containerColumns<Deployment>((deployment) => deployment.spec?.template),
  {
    name: 'Selector',
    type: 'string',
    format: '',
    description:
      'Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment.',
    priority: 1,
    cell: (deployment) => selectorFrom(deployment.spec?.selector).toString(),
  },
];

export const strategy: Strategy<Deployment> = {
  schema: 'io.k8s.api.apps.v1.Deployment',
  generation: 'annotations-too',
  default({ spec }) {
    // Without a spec there is no selector: never valid, so there is nothing to fill in.
    if (!spec) return;
    spec.replicas ??= 1;
    defaultRollout(spec);
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    spec.template = defaultPodTemplateSpec(spec.template ?? {});
  },
  prepareForCreate(deployment) {
    deployment.status = {};
  },
  prepareForStatusUpdate({ metadata }, old) {
    if (!metadata) return;
    const { labels } = old.metadata;
    if (labels) metadata.labels = labels;
    else delete metadata.labels;
  },
  validate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
  validateStatusUpdate: validateDeploymentStatusUpdate,
  warnings: ({ metadata, spec }) => [
    ...podNameWarnings(metadata?.name),
    ...podTemplateWarnings(spec?.template, new FieldPath('spec.template')),
  ],
  columns,
  scale: {
    replicas: (deployment) => deployment.spec?.replicas ?? 0,
    setReplicas(deployment, replicas) {
      if (deployment.spec) deployment.spec.replicas = replicas;
    },
    statusReplicas: (deployment) => deployment.status?.replicas ?? 0,
    selector: (deployment) => selectorFrom(deployment.spec?.selector).toString(),
  },
};

function defaultRollout(spec: DeploymentSpec): void {
  spec.strategy ??= {};
  spec.strategy.type ||= 'RollingUpdate';
  if (spec.strategy.type !== 'RollingUpdate') return;
  spec.strategy.rollingUpdate ??= {};
  spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
  spec.strategy.rollingUpdate.maxSurge ??= '25%';
}
