// What is wrong with a StatefulSet, and with a change of one. As v1.32, the template's spec is left to the pods' own
// validation.

import type {
  StatefulSet,
  StatefulSetPersistentVolumeClaimRetentionPolicy,
  StatefulSetSpec,
  StatefulSetUpdateStrategy,
} from 'kubernetes-types/apps/v1';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import {
  deepEqual,
  type FieldError,
  FieldPath,
  faults,
  goLabels,
  goSelector,
  type Live,
  type Selector,
  selectorFrom,
  validateAnnotations,
  validateLabelSelector,
  validateLabels,
} from '../../machinery/index.ts';
import { defaultPodTemplateSpec } from '../core/pod-defaults.ts';
import { validatePodAnnotations } from '../core/pod-validation/annotations.ts';
import { notNegative, validateCounts, validateNotDecremented } from './replicated-pods.ts';

const specPath = new FieldPath('spec');
const statusPath = new FieldPath('status');

export function validateStatefulSet({ spec }: StatefulSet): FieldError[] {
  if (!spec) return validateSelection({}, specPath);
  return [
    ...validatePodManagement(spec.podManagementPolicy ?? '', specPath.child('podManagementPolicy')),
    ...validateUpdateStrategy(spec.updateStrategy ?? {}, specPath.child('updateStrategy')),
    ...validateRetention(
      spec.persistentVolumeClaimRetentionPolicy ?? {},
      specPath.child('persistentVolumeClaimRetentionPolicy'),
    ),
    ...notNegative(spec.replicas, specPath.child('replicas')),
    ...notNegative(spec.minReadySeconds, specPath.child('minReadySeconds')),
    ...notNegative(spec.ordinals?.start, specPath.child('ordinals', 'start')),
    ...validateSelection(spec, specPath),
  ];
}

function validatePodManagement(policy: string, path: FieldPath): FieldError[] {
  if (policy === '') return [faults.required(path)];
  if (policy === 'OrderedReady' || policy === 'Parallel') return [];
  return [faults.invalid(path, policy, "must be 'OrderedReady' or 'Parallel'")];
}

function validateUpdateStrategy(strategy: StatefulSetUpdateStrategy, path: FieldPath): FieldError[] {
  const { type = '', rollingUpdate } = strategy;
  const at = path.child('rollingUpdate');
  switch (type) {
    case '':
      return [faults.required(path)];
    case 'OnDelete':
      if (!rollingUpdate) return [];
      return [faults.invalid(at, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")];
    case 'RollingUpdate':
      return notNegative(rollingUpdate?.partition, at.child('partition'));
    default:
      return [faults.invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'")];
  }
}

function validateRetention(
  policy: StatefulSetPersistentVolumeClaimRetentionPolicy,
  path: FieldPath,
): FieldError[] {
  return (['whenDeleted', 'whenScaled'] as const).flatMap((field) => {
    const value = policy[field];
    if (value === undefined || value === 'Retain' || value === 'Delete') return [];
    return [faults.notSupported(path.child(field), value, ['Retain', 'Delete'])];
  });
}

function validateSelection(
  { selector, template = defaultPodTemplateSpec({}) }: Partial<StatefulSetSpec>,
  path: FieldPath,
): FieldError[] {
  const at = path.child('selector');
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  const templatePath = path.child('template');
  const wrong = selector ? validateLabelSelector(selector, at) : [faults.required(at)];
  const found = [...wrong];
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  if (selector && Object.keys(matchLabels).length + matchExpressions.length === 0) {
    found.push(faults.invalid(at, goSelector(selector), 'empty selector is invalid for statefulset'));
  }
  // What cannot be compiled is said to be wrong once more, without a word.
  if (selector && wrong.length > 0) found.push(invalidSilently(at, goSelector(selector)));
  else found.push(...validateTemplate(template, selectorFrom(selector), templatePath));
  if (restartPolicy !== 'Always') {
    found.push(faults.notSupported(templatePath.child('spec', 'restartPolicy'), restartPolicy, ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    const detail = 'activeDeadlineSeconds in StatefulSet is not Supported';
    found.push(faults.forbidden(templatePath.child('spec', 'activeDeadlineSeconds'), detail));
  }
  return found;
}

function invalidSilently(path: FieldPath, value: unknown): FieldError {
  const fault = faults.invalid(path, value, '');
  return { ...fault, text: fault.text.replace(/: $/, '') };
}

function validateTemplate(template: PodTemplateSpec, selector: Selector, path: FieldPath): FieldError[] {
  const { labels, annotations = {} } = template.metadata ?? {};
  const found: FieldError[] = [];
  if (!selector.empty && !selector.matches(labels)) {
    const detail = '`selector` does not match template `labels`';
    found.push(faults.invalid(path.child('metadata', 'labels'), goLabels(labels), detail));
  }
  const at = path.child('annotations');
  return [
    ...found,
    ...validateLabels(labels, path.child('labels')),
    ...validateAnnotations(annotations, at),
    ...validatePodAnnotations(annotations, template.spec ?? { containers: [] }, at),
  ];
}

const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

export function validateStatefulSetUpdate(next: StatefulSet, old: Live<StatefulSet>): FieldError[] {
  if (deepEqual(unchangeable(next), unchangeable(old))) return [];
  const names = changeable.map((name) => `'${name}'`);
  const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return [
    faults.forbidden(specPath, `updates to statefulset spec for fields other than ${list} are forbidden`),
  ];
}

function unchangeable({ spec }: StatefulSet): object {
  const fields = Object.entries(spec ?? {}).filter(([name]) => !changeable.some((field) => field === name));
  return Object.fromEntries(fields);
}

export function validateStatefulSetStatusUpdate(next: StatefulSet, old: Live<StatefulSet>): FieldError[] {
  const status = next.status ?? { replicas: 0 };
  const { readyReplicas, currentReplicas, updatedReplicas, availableReplicas } = status;
  const counts = [
    'replicas',
    'readyReplicas',
    'currentReplicas',
    'updatedReplicas',
    'availableReplicas',
    'observedGeneration',
    'collisionCount',
  ] as const;
  return [
    ...counts.flatMap((field) => notNegative(status[field], statusPath.child(field))),
    ...validateCounts(
      status,
      { readyReplicas, currentReplicas, updatedReplicas, availableReplicas },
      statusPath,
      'status.readyReplicas',
    ),
    ...validateNotDecremented(
      status.collisionCount,
      old.status?.collisionCount,
      statusPath.child('collisionCount'),
    ),
  ];
}
