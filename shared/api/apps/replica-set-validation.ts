// What is wrong with a ReplicaSet, and with a change of one.

import type { ReplicaSet } from 'kubernetes-types/apps/v1';
import { type FieldError, FieldPath, type Live } from '../../machinery/index.ts';
import {
  notNegative,
  validateCounts,
  validateSelectorAndTemplate,
  validateSelectorUpdate,
} from './replicated-pods.ts';

const spec = new FieldPath('spec');
const status = new FieldPath('status');

export function validateReplicaSet(set: ReplicaSet): FieldError[] {
  return [
    ...notNegative(set.spec?.replicas, spec.child('replicas')),
    ...notNegative(set.spec?.minReadySeconds, spec.child('minReadySeconds')),
    ...validateSelectorAndTemplate(set.spec ?? {}, spec),
  ];
}

export function validateReplicaSetUpdate(next: ReplicaSet, old: Live<ReplicaSet>): FieldError[] {
  return validateSelectorUpdate(next.spec?.selector, old.spec?.selector, spec.child('selector'));
}

export function validateReplicaSetStatusUpdate(next: ReplicaSet): FieldError[] {
  const counts = next.status ?? { replicas: 0 };
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
