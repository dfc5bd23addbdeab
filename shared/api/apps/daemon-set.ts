// The Kind DaemonSet: a pod after one template on every node that it may run on.

export type { DaemonSet } from 'kubernetes-types/apps/v1';

import type { DaemonSet, DaemonSetSpec } from 'kubernetes-types/apps/v1';
import { deepEqual, FieldPath, formatLabelSelector } from '../../machinery/index.ts';
import { ageColumn, formatLabels, integerColumn, nameColumn, textColumn } from '../columns.ts';
import { defaultPodTemplateSpec } from '../core/pod-defaults.ts';
import { containerColumns } from '../core/pod-template-columns.ts';
import { podTemplateWarnings } from '../core/pod-warnings.ts';
import type { Column, Strategy } from '../resource.ts';
import {
  validateDaemonSet,
  validateDaemonSetStatusUpdate,
  validateDaemonSetUpdate,
} from './daemon-set-validation.ts';

const docs = 'More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/';

const columns: readonly Column<DaemonSet>[] = [
  nameColumn(),
  integerColumn(
    'Desired',
    `The total number of nodes that should be running the daemon pod (including nodes correctly running the daemon pod). ${docs}`,
    ({ status }) => status?.desiredNumberScheduled ?? 0,
  ),
  integerColumn(
    'Current',
    `The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod. ${docs}`,
    ({ status }) => status?.currentNumberScheduled ?? 0,
  ),
  integerColumn(
    'Ready',
    'numberReady is the number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.',
    ({ status }) => status?.numberReady ?? 0,
  ),
  integerColumn(
    'Up-to-date',
    'The total number of nodes that are running updated daemon pod',
    ({ status }) => status?.updatedNumberScheduled ?? 0,
  ),
  integerColumn(
    'Available',
    'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available (ready for at least spec.minReadySeconds)',
    ({ status }) => status?.numberAvailable ?? 0,
  ),
  textColumn(
    'Node Selector',
    "NodeSelector is a selector which must be true for the pod to fit on a node. Selector which must match a node's labels for the pod to be scheduled on that node. More info: https://kubernetes.io/docs/concepts/configuration/assign-pod-node/",
    ({ spec }) => formatLabels(spec?.template?.spec?.nodeSelector),
  ),
  ageColumn(),
  ...containerColumns<DaemonSet>(({ spec }) => spec?.template),
  textColumn(
    'Selector',
    'A label query over pods that are managed by the daemon set. Must match in order to be controlled. If empty, defaulted to labels on Pod template. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
    ({ spec }) => formatLabelSelector(spec?.selector),
    'wide',
  ),
];

export const strategy: Strategy<DaemonSet> = {
  schema: 'io.k8s.api.apps.v1.DaemonSet',
  generation: true,
  default({ spec }) {
    if (!spec) return;
    defaultUpdateStrategy(spec);
    spec.revisionHistoryLimit ??= 10;
    spec.template = defaultPodTemplateSpec(spec.template ?? {});
  },
  prepareForCreate(set) {
    setTemplateGeneration(set, '1');
    Object.assign(set, {
      status: {
        currentNumberScheduled: 0,
        numberMisscheduled: 0,
        desiredNumberScheduled: 0,
        numberReady: 0,
      },
    });
  },
  prepareForUpdate(next, old) {
    const before = old.metadata.annotations?.[templateGeneration] ?? '1';
    const changed = !deepEqual(next.spec?.template, old.spec?.template);
    setTemplateGeneration(next, changed ? `${Number(before) + 1}` : before);
  },
  prepareForStatusUpdate(next, old) {
    setTemplateGeneration(next, old.metadata.annotations?.[templateGeneration] ?? '1');
  },
  validate: validateDaemonSet,
  validateUpdate: validateDaemonSetUpdate,
  validateStatusUpdate: validateDaemonSetStatusUpdate,
  warnings: ({ spec }) => podTemplateWarnings(spec?.template, new FieldPath('spec.template')),
  columns,
};

/** Where apps/v1 keeps what older versions had a field for: how often the template was changed. The server's own. */
const templateGeneration = 'deprecated.daemonset.template.generation';

function setTemplateGeneration(set: DaemonSet, generation: string): void {
  set.metadata ??= {};
  set.metadata.annotations = { ...set.metadata.annotations, [templateGeneration]: generation };
}

function defaultUpdateStrategy(spec: DaemonSetSpec): void {
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type !== 'RollingUpdate') return;
  spec.updateStrategy.rollingUpdate ??= {};
  spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
  spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
}
