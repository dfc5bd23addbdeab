// What is wrong with a ReplicaSet, and with a change of one.

import type { ReplicaSet } from 'kubernetes-types/apps/v1';
import { type FieldError, FieldPath, type Live } from '../../machinery/index.ts';
import {
  notNegative,
  validateReplicaStatus,
  validateSelectorAndTemplate,
  validateSelectorUpdate,
} from './replicated-pods.ts';

const spec = new FieldPath('spec');

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

export function validateReplicaSetStatusUpdate({ status }: ReplicaSet): FieldError[] {
  return validateReplicaStatus(status ?? { replicas: 0 });
}
