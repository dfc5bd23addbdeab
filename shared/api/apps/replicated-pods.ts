// What ReplicaSets and Deployments have in common: a selector, a template that it selects, and counts of pods.

import type { PodTemplateSpec, ReplicationControllerStatus } from 'kubernetes-types/core/v1';
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import {
  deepEqual,
  type FieldError,
  FieldPath,
  faults,
  goLabels,
  goSelector,
  type Selector,
  selectorFrom,
  validateLabelSelector,
} from '../../machinery/index.ts';
import { defaultPodTemplateSpec } from '../core/pod-defaults.ts';
import { validatePodTemplateSpec } from '../core/pod-validation/index.ts';

/** A number that may not be negative; absent counts as zero. */
export function notNegative(value: number | undefined, path: FieldPath): FieldError[] {
  if (value === undefined || value >= 0) return [];
  return [faults.invalid(path, value, 'must be greater than or equal to 0')];
}

/** The spec's selector and template; `path` is the spec's. */
export function validateSelectorAndTemplate(
  { selector, template }: { selector?: LabelSelector; template?: PodTemplateSpec },
  path: FieldPath,
): FieldError[] {
  const at = path.child('selector');
  const selectorFaults = validateSelector(selector, at);
  // Upstream cannot compile what has such faults, says so, and leaves the template alone.
  if (selector && validateLabelSelector(selector, at).length > 0) {
    return [...selectorFaults, faults.invalid(at, goSelector(selector), 'invalid label selector')];
  }
  return [
    ...selectorFaults,
    ...validateSelectedTemplate(
      template ?? defaultPodTemplateSpec({}),
      selectorFrom(selector),
      path.child('template'),
      'ReplicaSet',
    ),
  ];
}

function validateSelector(selector: LabelSelector | undefined, path: FieldPath): FieldError[] {
  if (!selector) return [faults.required(path)];
  const found = validateLabelSelector(selector, path);
  const { matchLabels = {}, matchExpressions = [] } = selector;
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) {
    // The same words for a ReplicaSet, as upstream.
    found.push(faults.invalid(path, goSelector(selector), 'empty selector is invalid for deployment'));
  }
  return found;
}

/** A template of pods that run for ever; `kind` is what the faults call its owner. */
export function validateSelectedTemplate(
  template: PodTemplateSpec,
  selector: Selector,
  path: FieldPath,
  kind: string,
): FieldError[] {
  const labels = template.metadata?.labels;
  const selected = selector.empty || selector.matches(labels);
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  const found: FieldError[] = [];
  if (!selected) {
    const detail = '`selector` does not match template `labels`';
    found.push(faults.invalid(path.child('metadata', 'labels'), goLabels(labels), detail));
  }
  found.push(...validatePodTemplateSpec(template, path));
  if (restartPolicy !== 'Always') {
    found.push(faults.notSupported(path.child('spec', 'restartPolicy'), restartPolicy, ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${kind} is not Supported`;
    found.push(faults.forbidden(path.child('spec', 'activeDeadlineSeconds'), detail));
  }
  return found;
}

/** Which pods belong to the object is settled when it is created. */
export function validateSelectorUpdate(
  next: LabelSelector | undefined,
  old: LabelSelector | undefined,
  path: FieldPath,
): FieldError[] {
  return deepEqual(next, old) ? [] : [faults.invalid(path, next && goSelector(next), 'field is immutable')];
}

/** Each of the parts is no more than the whole: `more` than `status.replicas`, or than the `ready` ones. */
export function validateCounts(
  status: { replicas?: number; readyReplicas?: number; availableReplicas?: number },
  parts: Readonly<Record<string, number | undefined>>,
  path: FieldPath,
  ready = 'readyReplicas',
): FieldError[] {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  const tooMany = Object.entries(parts).flatMap(([field, count = 0]) =>
    count > replicas
      ? [faults.invalid(path.child(field), count, 'cannot be greater than status.replicas')]
      : [],
  );
  if (availableReplicas <= readyReplicas) return tooMany;
  const detail = `cannot be greater than ${ready}`;
  return [...tooMany, faults.invalid(path.child('availableReplicas'), availableReplicas, detail)];
}

/** A number of collisions that has grown is not forgotten. */
export function validateNotDecremented(
  next: number | undefined,
  old: number | undefined,
  path: FieldPath,
): FieldError[] {
  if (old === undefined || (next ?? 0) >= old) return [];
  return [faults.invalid(path, next ?? 0, 'cannot be decremented')];
}

const status = new FieldPath('status');

/** The status of a ReplicaSet or a ReplicationController. */
export function validateReplicaStatus(counts: ReplicationControllerStatus): FieldError[] {
  const { fullyLabeledReplicas, readyReplicas, availableReplicas, observedGeneration } = counts;
  return [
    ...notNegative(counts.replicas, status.child('replicas')),
    ...notNegative(fullyLabeledReplicas, status.child('fullyLabeledReplicas')),
    ...notNegative(readyReplicas, status.child('readyReplicas')),
    ...notNegative(availableReplicas, status.child('availableReplicas')),
    ...notNegative(observedGeneration, status.child('observedGeneration')),
    ...validateCounts(counts, { fullyLabeledReplicas, readyReplicas, availableReplicas }, status),
  ];
}
