// Metrics in the annotations of autoscaling/v1 (`targetAverageValue`, `metricName` …), and as v2 has them.

import type {
  CrossVersionObjectReference,
  MetricIdentifier,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from 'kubernetes-types/autoscaling/v2';
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import { isRecord } from '../../machinery/index.ts';

type Flat = Record<string, unknown>;

export function metricToV1(metric: MetricSpec): Flat {
  const { type, object, pods, resource, containerResource, external } = metric;
  return defined({
    type,
    object: object && {
      target: object.describedObject,
      ...identifierToV1(object.metric, 'selector'),
      targetValue: object.target.value ?? '0',
      averageValue: object.target.averageValue,
    },
    pods: pods && {
      ...identifierToV1(pods.metric, 'selector'),
      targetAverageValue: pods.target.averageValue,
    },
    resource: resource && { name: resource.name, ...shareToV1(resource.target) },
    containerResource: containerResource && {
      name: containerResource.name,
      ...shareToV1(containerResource.target),
      container: containerResource.container,
    },
    external: external && {
      ...identifierToV1(external.metric, 'metricSelector'),
      targetValue: external.target.value,
      targetAverageValue: external.target.averageValue,
    },
  });
}

function identifierToV1({ name, selector }: MetricIdentifier, field: string): Flat {
  return { metricName: name, [field]: selector };
}

function shareToV1({ averageUtilization, averageValue }: MetricTarget): Flat {
  return { targetAverageUtilization: averageUtilization, targetAverageValue: averageValue };
}

export function metricFromV1(flat: Flat): MetricSpec {
  const { object, pods, resource, containerResource, external } = recordsIn(flat);
  return {
    type: text(flat.type),
    ...(object && {
      object: {
        describedObject: reference(object.target),
        metric: identifier(object, 'selector'),
        target: valueTarget(
          object.averageValue === undefined ? object.targetValue : undefined,
          object.averageValue,
        ),
      },
    }),
    ...(pods && {
      pods: {
        metric: identifier(pods, 'selector'),
        target: valueTarget(undefined, pods.targetAverageValue),
      },
    }),
    ...(resource && { resource: { name: text(resource.name), target: shareTarget(resource) } }),
    ...(containerResource && {
      containerResource: {
        name: text(containerResource.name),
        container: text(containerResource.container),
        target: shareTarget(containerResource),
      },
    }),
    ...(external && {
      external: {
        metric: identifier(external, 'metricSelector'),
        target: valueTarget(external.targetValue, external.targetAverageValue),
      },
    }),
  };
}

function valueTarget(value: unknown, averageValue: unknown): MetricTarget {
  return {
    type: averageValue === undefined ? 'Value' : 'AverageValue',
    ...(value !== undefined && { value: text(value) }),
    ...(averageValue !== undefined && { averageValue: text(averageValue) }),
  };
}

function shareTarget({ targetAverageUtilization: share, targetAverageValue: amount }: Flat): MetricTarget {
  return {
    type: typeof share === 'number' ? 'Utilization' : 'AverageValue',
    ...(typeof share === 'number' && { averageUtilization: share }),
    ...(amount !== undefined && { averageValue: text(amount) }),
  };
}

export function statusToV1(status: MetricStatus): Flat {
  const { type, object, pods, resource, containerResource, external } = status;
  return defined({
    type,
    object: object && {
      target: object.describedObject,
      ...identifierToV1(object.metric, 'selector'),
      currentValue: object.current.value ?? '0',
      averageValue: object.current.averageValue,
    },
    pods: pods && {
      ...identifierToV1(pods.metric, 'selector'),
      currentAverageValue: pods.current.averageValue,
    },
    resource: resource && { name: resource.name, ...currentToV1(resource.current) },
    containerResource: containerResource && {
      name: containerResource.name,
      ...currentToV1(containerResource.current),
      container: containerResource.container,
    },
    external: external && {
      ...identifierToV1(external.metric, 'metricSelector'),
      currentValue: external.current.value ?? '0',
      currentAverageValue: external.current.averageValue,
    },
  });
}

function currentToV1({ averageUtilization, averageValue }: MetricValueStatus): Flat {
  return { currentAverageUtilization: averageUtilization, currentAverageValue: averageValue };
}

export function statusFromV1(flat: Flat): MetricStatus {
  const { object, pods, resource, containerResource, external } = recordsIn(flat);
  return {
    type: text(flat.type),
    ...(object && {
      object: {
        describedObject: reference(object.target),
        metric: identifier(object, 'selector'),
        current: measured(object.currentValue, object.averageValue),
      },
    }),
    ...(pods && {
      pods: { metric: identifier(pods, 'selector'), current: measured(undefined, pods.currentAverageValue) },
    }),
    ...(resource && { resource: { name: text(resource.name), current: measuredShare(resource) } }),
    ...(containerResource && {
      containerResource: {
        name: text(containerResource.name),
        container: text(containerResource.container),
        current: measuredShare(containerResource),
      },
    }),
    ...(external && {
      external: {
        metric: identifier(external, 'metricSelector'),
        current: measured(external.currentValue, external.currentAverageValue),
      },
    }),
  };
}

function measured(value: unknown, averageValue: unknown): MetricValueStatus {
  return {
    ...(value !== undefined && { value: text(value) }),
    ...(averageValue !== undefined && { averageValue: text(averageValue) }),
  };
}

function measuredShare(flat: Flat): MetricValueStatus {
  const { currentAverageUtilization: share, currentAverageValue: amount } = flat;
  return { ...(typeof share === 'number' && { averageUtilization: share }), ...measured(undefined, amount) };
}

function recordsIn(flat: Flat): Record<string, Flat | undefined> {
  return Object.fromEntries(
    Object.entries(flat).filter((entry): entry is [string, Flat] => isRecord(entry[1])),
  );
}

function reference(value: unknown): CrossVersionObjectReference {
  const { kind, name, apiVersion }: Flat = isRecord(value) ? value : {};
  return {
    kind: text(kind),
    name: text(name),
    ...(apiVersion !== undefined && { apiVersion: text(apiVersion) }),
  };
}

function identifier(flat: Flat, field: string): MetricIdentifier {
  const selector = flat[field];
  return { name: text(flat.metricName), ...(isSelector(selector) && { selector }) };
}

function isSelector(value: unknown): value is LabelSelector {
  if (!isRecord(value)) return false;
  const { matchLabels, matchExpressions } = value;
  return (
    (matchLabels === undefined || isRecord(matchLabels)) &&
    (matchExpressions === undefined || Array.isArray(matchExpressions))
  );
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
}

/** Without the fields that are undefined. */
function defined(flat: Flat): Flat {
  return Object.fromEntries(Object.entries(flat).filter(([, value]) => value !== undefined));
}
