// HorizontalPodAutoscaler, autoscaling/v1: the same objects with room for the CPU's target only. All else of v2 stands in
// annotations here, as upstream has it (pkg/apis/autoscaling/v1/conversion.go), so that nothing is lost on the way.

export type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v1';

import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v1';
import type {
  HorizontalPodAutoscaler as Autoscaler,
  HorizontalPodAutoscalerCondition,
  MetricSpec,
} from 'kubernetes-types/autoscaling/v2';
import { deepFreeze, isRecord, type Live, type ObjectMeta } from '../../machinery/index.ts';
import type { Column, Strategy } from '../resource.ts';
import { annotations, withAnnotations } from './autoscaler-annotations.ts';
import { autoscalerColumns } from './autoscaler-columns.ts';
import { validateAutoscaler, validateAutoscalerStatus } from './autoscaler-validation.ts';
import { behaviorFromText, behaviorText } from './behavior-annotation.ts';
import { cpuMetric } from './horizontal-pod-autoscaler.ts';
import { metricFromV1, metricToV1, statusFromV1, statusToV1 } from './metric-forms.ts';

const defaultUtilization = 80;

export const strategy: Strategy<HorizontalPodAutoscaler> = {
  schema: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  default({ spec }) {
    if (spec) spec.minReplicas ??= 1;
  },
  prepareForCreate(autoscaler) {
    autoscaler.metadata = withAnnotations(autoscaler.metadata ?? {}, specAnnotations(autoscaler.metadata));
    Object.assign(autoscaler, { status: { currentReplicas: 0, desiredReplicas: 0 } });
  },
  validate: (autoscaler) => validateAutoscaler(toV2(autoscaler)),
  validateStatusUpdate: (autoscaler) => validateAutoscalerStatus(toV2(autoscaler)),
  toStore: toV2,
  fromStore: shown,
  columns: autoscalerColumns.map(
    (column): Column<HorizontalPodAutoscaler> => ({
      ...column,
      cell: (object, now) => column.cell(toV2(object), now),
    }),
  ),
};

function shown(stored: Live<Autoscaler>): Live<HorizontalPodAutoscaler> {
  const served = toV1(stored);
  const { annotations: notes } = served.metadata ?? {};
  const { annotations: _, ...metadata } = stored.metadata;
  return deepFreeze({ ...served, metadata: { ...metadata, ...(notes && { annotations: notes }) } });
}

/** Those of the annotations that are not about the status. */
function specAnnotations({ annotations: given = {} }: ObjectMeta = {}): Record<string, string> {
  const kept = [annotations.metrics, annotations.behavior].flatMap((key) => {
    const text = given[key];
    return text === undefined ? [] : [[key, text]];
  });
  return Object.fromEntries(kept);
}

export function toV2({ metadata = {}, spec, status }: HorizontalPodAutoscaler): Autoscaler {
  const notes = metadata.annotations ?? {};
  const { targetCPUUtilizationPercentage: cpu, ...rest } = spec ?? {
    maxReplicas: 0,
    scaleTargetRef: { kind: '', name: '' },
  };
  const others = listIn(notes[annotations.metrics])?.map(metricFromV1) ?? [];
  const metrics = [...others, ...(cpu === undefined ? [] : [cpuMetric(cpu)])];
  const behavior = behaviorFromText(notes[annotations.behavior]);
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: withAnnotations(metadata, {}),
    spec: {
      ...rest,
      metrics: metrics.length > 0 ? metrics : [cpuMetric(defaultUtilization)],
      ...(behavior && { behavior }),
    },
    ...(status && { status: statusOf(status, notes) }),
  };
}

function statusOf(
  status: NonNullable<HorizontalPodAutoscaler['status']>,
  notes: Readonly<Record<string, string>>,
): NonNullable<Autoscaler['status']> {
  const { currentCPUUtilizationPercentage: cpu, ...rest } = status;
  const measured = listIn(notes[annotations.currentMetrics])?.map(statusFromV1);
  const currentMetrics =
    measured ??
    (cpu === undefined
      ? undefined
      : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: cpu } } }]);
  const conditions = listIn(notes[annotations.conditions])?.flatMap(conditionOf);
  return { ...rest, ...(currentMetrics && { currentMetrics }), ...(conditions && { conditions }) };
}

export function toV1({ metadata = {}, spec, status }: Autoscaler): HorizontalPodAutoscaler {
  const {
    metrics = [],
    behavior,
    ...rest
  } = spec ?? {
    maxReplicas: 0,
    scaleTargetRef: { kind: '', name: '' },
  };
  const cpu = metrics.find(isCpuTarget)?.resource?.target.averageUtilization;
  const others = metrics.filter((metric) => !isCpuTarget(metric));
  const { currentMetrics = [], conditions = [], ...counts } = status ?? { desiredReplicas: 0 };
  const current = currentMetrics.find(({ resource }) => resource?.name === 'cpu');
  const currentCpu = current?.resource?.current.averageUtilization;
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: withAnnotations(metadata, {
      ...(behavior && { [annotations.behavior]: behaviorText(behavior) }),
      ...(conditions.length > 0 && { [annotations.conditions]: JSON.stringify(conditions) }),
      ...(currentMetrics.length > 0 && {
        [annotations.currentMetrics]: JSON.stringify(currentMetrics.map(statusToV1)),
      }),
      ...(others.length > 0 && { [annotations.metrics]: JSON.stringify(others.map(metricToV1)) }),
    }),
    spec: { ...rest, ...(cpu !== undefined && { targetCPUUtilizationPercentage: cpu }) },
    ...(status && {
      status: {
        ...counts,
        currentReplicas: counts.currentReplicas ?? 0,
        ...(currentCpu !== undefined && { currentCPUUtilizationPercentage: currentCpu }),
      },
    }),
  };
}

function isCpuTarget({ type, resource }: MetricSpec): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined;
}

/** The records of a list in JSON; undefined for what is none. */
function listIn(text: string | undefined): Record<string, unknown>[] | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isRecord) ? value : undefined;
  } catch {
    // As upstream: what cannot be read is as if it were not there.
    return undefined;
  }
}

function conditionOf(record: Record<string, unknown>): HorizontalPodAutoscalerCondition[] {
  const { type, status, lastTransitionTime, reason, message } = record;
  if (typeof type !== 'string' || typeof status !== 'string') return [];
  return [
    {
      type,
      status,
      ...(typeof lastTransitionTime === 'string' && { lastTransitionTime }),
      ...(typeof reason === 'string' && { reason }),
      ...(typeof message === 'string' && { message }),
    },
  ];
}
