// The Kind HorizontalPodAutoscaler, autoscaling/v2: how many replicas something has, after what is measured.

export type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2';

import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingRules,
} from 'kubernetes-types/autoscaling/v2';
import type { Strategy } from '../resource.ts';
import { withAnnotations } from './autoscaler-annotations.ts';
import { autoscalerColumns } from './autoscaler-columns.ts';
import { validateAutoscaler, validateAutoscalerStatus } from './autoscaler-validation.ts';

const defaultUtilization = 80;

export const strategy: Strategy<HorizontalPodAutoscaler> = {
  schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  default(autoscaler) {
    if (autoscaler.metadata?.annotations) autoscaler.metadata = withAnnotations(autoscaler.metadata, {});
    if (autoscaler.spec) defaultSpec(autoscaler.spec);
  },
  prepareForCreate(autoscaler) {
    Object.assign(autoscaler, { status: { desiredReplicas: 0 } });
  },
  validate: validateAutoscaler,
  validateStatusUpdate: validateAutoscalerStatus,
  columns: autoscalerColumns,
};

function defaultSpec(spec: HorizontalPodAutoscalerSpec): void {
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length) spec.metrics = [cpuMetric(defaultUtilization)];
  const { behavior } = spec;
  if (!behavior) return;
  behavior.scaleUp = rules(
    { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: upPolicies() },
    behavior.scaleUp,
  );
  behavior.scaleDown = rules({ selectPolicy: 'Max', policies: downPolicies() }, behavior.scaleDown);
}

function rules(defaults: HPAScalingRules, given: HPAScalingRules = {}): HPAScalingRules {
  return { ...defaults, ...given };
}

const upPolicies = () => [
  { type: 'Pods', value: 4, periodSeconds: 15 },
  { type: 'Percent', value: 100, periodSeconds: 15 },
];
const downPolicies = () => [{ type: 'Percent', value: 100, periodSeconds: 15 }];

/** So much of the CPU that the pods ask for, percent. */
export function cpuMetric(averageUtilization: number) {
  const target = { type: 'Utilization', averageUtilization };
  return { type: 'Resource', resource: { name: 'cpu', target } };
}
