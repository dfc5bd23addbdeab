// The Kind Pod: what is filled in, what may be written by whom, what is shown.

export type {
  Container,
  ContainerStatus,
  Pod,
  PodCondition,
  PodSpec,
  PodStatus,
  PodTemplateSpec,
  Toleration,
} from 'kubernetes-types/core/v1';

import type { Pod, PodCondition } from 'kubernetes-types/core/v1';
import type { Strategy } from '../resource.ts';
import { settleAppArmor } from './pod-app-armor.ts';
import { podColumns } from './pod-columns.ts';
import { defaultPod } from './pod-defaults.ts';
import { applyMatchLabelKeys } from './pod-match-label-keys.ts';
import { hostnameWarnings } from './pod-name-warnings.ts';
import { qosClass } from './pod-qos.ts';
import { podRowConditions } from './pod-row-conditions.ts';
import {
  validatePod,
  validatePodCreate,
  validatePodStatusUpdate,
  validatePodUpdate,
} from './pod-validation/index.ts';
import { podWarnings } from './pod-warnings.ts';

export const strategy: Strategy<Pod> = {
  schema: 'io.k8s.api.core.v1.Pod',
  default: defaultPod,
  prepareForCreate(pod) {
    endInTime(pod);
    beginPending(pod);
  },
  settleForCreate: settleAppArmor,
  prepareForUpdate: endInTime,
  prepareForStatusUpdate({ metadata }, old) {
    // Older kubelets send owners in a form that loses what they don't know: they are never theirs to change.
    if (!metadata) return;
    const { ownerReferences } = old.metadata;
    if (ownerReferences) metadata.ownerReferences = ownerReferences;
    else delete metadata.ownerReferences;
  },
  validate: validatePod,
  validateCreate: validatePodCreate,
  judgedBy: ({ metadata, spec }) => [
    metadata?.annotations,
    spec,
    // The claims of ephemeral volumes are named after the pod.
    spec?.volumes?.some(({ ephemeral }) => ephemeral) && metadata?.name,
    hostnameWarnings(metadata?.name),
  ],
  validateUpdate: validatePodUpdate,
  validateStatusUpdate: validatePodStatusUpdate,
  warnings: podWarnings,
  fields: {
    'spec.nodeName': (pod) => pod.spec?.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec?.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec?.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => `${pod.spec?.hostNetwork ?? false}`,
    'status.phase': (pod) => pod.status?.phase ?? '',
    'status.podIP': (pod) => pod.status?.podIP ?? '',
    'status.podIPs': (pod) => (pod.status?.podIPs ?? []).map(({ ip }) => ip).join(','),
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },
  columns: podColumns,
  rowConditions: podRowConditions,
};

/** No pod has less than no time to end: what is negative counts as a second, also where it has been stored before. */
function endInTime({ spec }: Pod): void {
  if (spec && (spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
}

/** A new pod is Pending, whatever was sent; one with scheduling gates says that it waits for them. */
function beginPending(pod: Pod): void {
  applyMatchLabelKeys(pod);
  const spec = pod.spec ?? { containers: [] };
  const gated: PodCondition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
  };
  Object.assign(pod, {
    status: {
      phase: 'Pending',
      ...(spec.schedulingGates?.length && { conditions: [gated] }),
      qosClass: qosClass(spec),
    },
  });
}
