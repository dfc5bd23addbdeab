// What is wrong with the metrics of a HorizontalPodAutoscaler: each is of one source, and has a target that fits it.

import type {
  ContainerResourceMetricSource,
  ExternalMetricSource,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  PodsMetricSource,
  ResourceMetricSource,
} from 'kubernetes-types/autoscaling/v2';
import {
  dns1123Label,
  type FieldError,
  type FieldPath,
  faults,
  pathSegmentName,
  Quantity,
} from '../../machinery/index.ts';
import { named } from '../core/pod-validation/rules.ts';
import { validateContainerResourceName } from '../core/resource-names.ts';
import { validateReference } from './reference-validation.ts';

const sources = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;
const inOrder = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;

export function validateMetrics(
  metrics: readonly MetricSpec[],
  minReplicas: number | undefined,
  path: FieldPath,
): FieldError[] {
  const found = metrics.flatMap((metric, position) => validateMetric(metric, path.index(position)));
  const wakes = metrics.some(({ type }) => type === 'Object' || type === 'External');
  if (minReplicas !== 0 || wakes) return found;
  const detail = 'must specify at least one Object or External metric to support scaling to zero replicas';
  return [...found, faults.forbidden(path, detail)];
}

function validateMetric(metric: MetricSpec, path: FieldPath): FieldError[] {
  const { type = '' } = metric;
  const at = path.child('type');
  const found: FieldError[] = [];
  if (type === '') found.push(faults.required(at, 'must specify a metric source type'));
  const expected = isSourceType(type) ? sources[type] : undefined;
  if (!expected) found.push(faults.notSupported(at, type, Object.keys(sources)));
  const present = inOrder.filter((field) => metric[field] !== undefined);
  const [first] = present;
  if (first) found.push(...validateSource(metric, first, path.child(first)));
  if (expected && !metric[expected]) {
    found.push(
      faults.required(path.child(expected), 'must populate information for the given metric source'),
    );
  }
  if (present.length < 2) return found;
  const others = present.filter((field) => field !== expected);
  return [
    ...found,
    ...others.map((field) =>
      faults.forbidden(path.child(field), 'must populate the given metric source only'),
    ),
  ];
}

function isSourceType(type: string): type is keyof typeof sources {
  return Object.hasOwn(sources, type);
}

function validateSource(metric: MetricSpec, field: (typeof inOrder)[number], path: FieldPath): FieldError[] {
  switch (field) {
    case 'object':
      return metric.object ? validateObject(metric.object, path) : [];
    case 'external':
      return metric.external ? validateExternal(metric.external, path) : [];
    case 'pods':
      return metric.pods ? validatePods(metric.pods, path) : [];
    case 'resource':
      return metric.resource ? validateResource(metric.resource, path) : [];
    case 'containerResource':
      return metric.containerResource ? validateContainerResource(metric.containerResource, path) : [];
  }
}

const noTarget: MetricTarget = { type: '' };
const noMetric: MetricIdentifier = { name: '' };

function validateObject(
  { describedObject, metric = noMetric, target = noTarget }: ObjectMetricSource,
  path: FieldPath,
): FieldError[] {
  const found = [
    ...validateReference(describedObject ?? { kind: '', name: '' }, path.child('describedObject')),
    ...validateIdentifier(metric, path.child('metric')),
    ...validateTarget(target, path.child('target')),
  ];
  if (target.value !== undefined || target.averageValue !== undefined) return found;
  const detail = 'must set either a target value or averageValue';
  return [...found, faults.required(path.child('target', 'averageValue'), detail)];
}

function validateExternal(
  { metric = noMetric, target = noTarget }: ExternalMetricSource,
  path: FieldPath,
): FieldError[] {
  const at = path.child('target');
  const found = [...validateIdentifier(metric, path.child('metric')), ...validateTarget(target, at)];
  if (target.value === undefined && target.averageValue === undefined) {
    const detail = 'must set either a target value for metric or a per-pod target';
    found.push(faults.required(at.child('averageValue'), detail));
  }
  if (target.value !== undefined && target.averageValue !== undefined) {
    const detail = 'may not set both a target value for metric and a per-pod target';
    found.push(faults.forbidden(at.child('value'), detail));
  }
  return found;
}

function validatePods(
  { metric = noMetric, target = noTarget }: PodsMetricSource,
  path: FieldPath,
): FieldError[] {
  const at = path.child('target');
  const found = [...validateIdentifier(metric, path.child('metric')), ...validateTarget(target, at)];
  if (target.averageValue !== undefined) return found;
  return [...found, faults.required(at.child('averageValue'), 'must specify a positive target averageValue')];
}

function validateContainerResource(
  { name = '', container = '', target = noTarget }: ContainerResourceMetricSource,
  path: FieldPath,
): FieldError[] {
  const at = path.child('container');
  return [
    ...(name ? validateContainerResourceName(name, path.child('name')) : [noResource(path)]),
    ...(container ? named(dns1123Label, container, at) : [faults.required(at, 'must specify a container')]),
    ...validateShare(target, path.child('target')),
  ];
}

function validateResource({ name, target = noTarget }: ResourceMetricSource, path: FieldPath): FieldError[] {
  return [...(name ? [] : [noResource(path)]), ...validateShare(target, path.child('target'))];
}

function noResource(path: FieldPath): FieldError {
  return faults.required(path.child('name'), 'must specify a resource name');
}

function validateShare(target: MetricTarget, path: FieldPath): FieldError[] {
  const { averageUtilization, averageValue } = target;
  const found = validateTarget(target, path);
  if (averageUtilization === undefined && averageValue === undefined) {
    const detail = 'must set either a target raw value or a target utilization';
    found.push(faults.required(path.child('averageUtilization'), detail));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = 'may not set both a target raw value and a target utilization';
    found.push(faults.forbidden(path.child('averageValue'), detail));
  }
  return found;
}

function validateTarget(target: MetricTarget, path: FieldPath): FieldError[] {
  const { type = '', averageUtilization } = target;
  const at = path.child('type');
  const found: FieldError[] = [];
  if (type === '') found.push(faults.required(at, 'must specify a metric target type'));
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    found.push(faults.invalid(at, type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const field of ['value', 'averageValue'] as const) {
    const amount = target[field];
    if (amount !== undefined && !isPositive(amount)) {
      found.push(faults.invalid(path.child(field), amount, 'must be positive'));
    }
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    const detail = 'must be greater than 0';
    found.push(faults.invalid(path.child('averageUtilization'), averageUtilization, detail));
  }
  return found;
}

function isPositive(text: string): boolean {
  const amount = Quantity.check(text);
  return typeof amount !== 'string' && amount.sign > 0;
}

function validateIdentifier({ name = '' }: MetricIdentifier, path: FieldPath): FieldError[] {
  const at = path.child('name');
  if (name === '') return [faults.required(at, 'must specify a metric name')];
  return pathSegmentName(name).map((text) => faults.invalid(at, name, text));
}
