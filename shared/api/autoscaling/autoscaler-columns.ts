// The columns of `kubectl get hpa`.

import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from 'kubernetes-types/autoscaling/v2';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { Column } from '../resource.ts';

export const autoscalerColumns: readonly Column<HorizontalPodAutoscaler>[] = [
  nameColumn(),
  textColumn(
    'Reference',
    'scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.',
    ({ spec }) => `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`,
  ),
  textColumn(
    'Targets',
    'metrics contains the specifications for which to use to calculate the desired replica count (the maximum replica count across all metrics will be used).  The desired replica count is calculated multiplying the ratio between the target value and the current value by the current number of pods.  Ergo, metrics used must decrease as the pod count is increased, and vice-versa.  See the individual metric source types for more information about how each type of metric must respond.',
    ({ spec, status }) => formatMetrics(spec?.metrics ?? [], status?.currentMetrics ?? []),
  ),
  textColumn(
    'MinPods',
    'minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.  It defaults to 1 pod.  minReplicas is allowed to be 0 if the alpha feature gate HPAScaleToZero is enabled and at least one Object or External metric is configured.  Scaling is active as long as at least one metric value is available.',
    ({ spec }) => `${spec?.minReplicas ?? '<unset>'}`,
  ),
  textColumn(
    'MaxPods',
    'maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up. It cannot be less that minReplicas.',
    ({ spec }) => spec?.maxReplicas ?? 0,
  ),
  textColumn(
    'Replicas',
    'currentReplicas is current number of replicas of pods managed by this autoscaler, as last seen by the autoscaler.',
    ({ status }) => status?.currentReplicas ?? 0,
  ),
  ageColumn(),
];

const unknown = '<unknown>';
const shownMetrics = 2;

/** `cpu: 12%/80%, 3/10 + 1 more...` */
function formatMetrics(specs: readonly MetricSpec[], statuses: readonly MetricStatus[]): string {
  if (specs.length === 0) return '<none>';
  const list = specs.map((spec, position) => formatMetric(spec, statuses[position]));
  const shown = list.slice(0, shownMetrics).join(', ');
  return list.length > shownMetrics ? `${shown} + ${list.length - shownMetrics} more...` : shown;
}

function formatMetric(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return amount(spec.external?.target, status?.external?.current);
    case 'Object':
      return amount(spec.object?.target, status?.object?.current);
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? unknown}/${spec.pods?.target.averageValue}`;
    case 'Resource':
      return `${spec.resource?.name}: ${share(spec.resource?.target, status?.resource?.current)}`;
    case 'ContainerResource':
      return `${spec.containerResource?.name}: ${share(spec.containerResource?.target, status?.containerResource?.current)}`;
    default:
      return '<unknown type>';
  }
}

function amount(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) {
    return `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`;
  }
  return `${current?.value ?? unknown}/${target?.value}`;
}

function share(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) {
    return `${current?.averageValue ?? unknown}/${target.averageValue}`;
  }
  const percent = (value: number | undefined, otherwise: string) =>
    value === undefined ? otherwise : `${value}%`;
  return `${percent(current?.averageUtilization, unknown)}/${percent(target?.averageUtilization, '<auto>')}`;
}
