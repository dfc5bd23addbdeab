// What is wrong with a PersistentVolumeClaim and with a change of one, as upstream's validation of core/v1 says it.

import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  TypedLocalObjectReference,
} from 'kubernetes-types/core/v1';
import {
  deepEqual,
  type FieldError,
  FieldPath,
  faults,
  qualifiedName,
  validateLabelSelector,
} from '../../machinery/index.ts';
import { immutable } from '../immutable.ts';
import { canonical, quantityOf } from './pod-resource-lists.ts';
import { oneOf, required, subdomain } from './pod-validation/rules.ts';
import { specDifference } from './pod-validation/spec-difference.ts';
import { isNativeResource } from './resource-names.ts';
import { validateAccessModes, volumeModes } from './volume-modes.ts';
import { classAnnotation } from './volume-text.ts';

const path = new FieldPath('spec');

export function validateClaim({ spec = {} }: PersistentVolumeClaim): FieldError[] {
  return validateClaimSpec(spec, path);
}

/** Also of a template, e.g. an ephemeral volume's. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, at: FieldPath): FieldError[] {
  const { accessModes = [], volumeMode, storageClassName, dataSource, dataSourceRef } = spec;
  return [
    ...required(accessModes, at.child('accessModes'), 'at least 1 access mode is required'),
    ...validateLabelSelector(spec.selector, at.child('selector')),
    ...validateAccessModes(accessModes, at.child('accessModes')),
    ...validateRequest(spec.resources?.requests?.storage, at.child('resources').key('storage')),
    ...(storageClassName ? subdomain(storageClassName, at.child('storageClassName')) : []),
    ...(volumeMode === undefined ? [] : oneOf(volumeMode, volumeModes, at.child('volumeMode'))),
    ...(dataSource ? validateDataSource(dataSource, at.child('dataSource')) : []),
    ...(dataSourceRef ? validateDataSource(dataSourceRef, at.child('dataSourceRef')) : []),
    ...(dataSource && dataSourceRef && !sameSource(dataSource, dataSourceRef)
      ? [faults.invalid(at, `${at.child('dataSource')}`, 'must match dataSourceRef')]
      : []),
  ];
}

function validateRequest(requested: string | undefined, at: FieldPath): FieldError[] {
  if (requested === undefined) return [faults.required(at)];
  if (quantityOf(requested).sign > 0) return [];
  return [faults.invalid(at, canonical(requested), 'must be greater than zero')];
}

function validateDataSource(
  { apiGroup = '', kind, name }: TypedLocalObjectReference,
  at: FieldPath,
): FieldError[] {
  const detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
  return [
    ...required(name, at.child('name')),
    ...required(kind, at.child('kind')),
    ...(!apiGroup && kind !== 'PersistentVolumeClaim' ? [faults.invalid(at, kind, detail)] : []),
    ...(apiGroup ? subdomain(apiGroup, at.child('apiGroup')) : []),
  ];
}

function sameSource(left: TypedLocalObjectReference, right: TypedLocalObjectReference): boolean {
  return left.apiGroup === right.apiGroup && left.kind === right.kind && left.name === right.name;
}

/** A claim stays what it was, but that it gets its volume once, its class where it had none, and more room when bound. */
export function validateClaimUpdate(next: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const before = expectedSpec(next, old);
  const after = comparableSpec(next, old);
  const found: FieldError[] = [];
  if (!takesClassFromAnnotation(next, old)) {
    const annotation = (claim: PersistentVolumeClaim) => claim.metadata?.annotations?.[classAnnotation];
    const at = new FieldPath('metadata').child('annotations').key(classAnnotation);
    found.push(...immutable(annotation(next), annotation(old), at));
  }
  if (!deepEqual(before, after)) {
    const detail =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    found.push(faults.forbidden(path, `${detail}\n${specDifference(before, after)}`));
  }
  found.push(...validateSize(next, old));
  found.push(...immutable(next.spec?.volumeMode, old.spec?.volumeMode, new FieldPath('volumeMode')));
  return found;
}

/** A request that could not be met may be taken back, but not below what there is. */
function validateSize(next: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const wanted = quantityOf(next.spec?.resources?.requests?.storage);
  const before = quantityOf(old.spec?.resources?.requests?.storage);
  const actual = quantityOf(old.status?.capacity?.storage);
  if (wanted.compare(before) >= 0 || wanted.compare(actual) > 0) return [];
  const at = path.child('resources', 'requests', 'storage');
  return [faults.forbidden(at, 'field can not be less than status.capacity')];
}

/** The old spec with what may be set once. */
function expectedSpec(next: PersistentVolumeClaim, old: PersistentVolumeClaim): PersistentVolumeClaimSpec {
  const { volumeName, ...spec } = old.spec ?? {};
  const name = volumeName || next.spec?.volumeName;
  return name ? { ...spec, volumeName: name } : spec;
}

/** The new spec without what may change. */
function comparableSpec(next: PersistentVolumeClaim, old: PersistentVolumeClaim): PersistentVolumeClaimSpec {
  const spec = { ...next.spec };
  const before = old.spec?.resources?.requests?.storage;
  if (next.status?.phase === 'Bound' && spec.resources?.requests && before !== undefined)
    spec.resources = { ...spec.resources, requests: { ...spec.resources.requests, storage: before } };
  if (takesClassFromAnnotation(next, old) || takesClass(next, old)) delete spec.storageClassName;
  return spec;
}

/** The class moves from the annotation of old into the field. */
function takesClassFromAnnotation(next: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const before = old.metadata?.annotations?.[classAnnotation];
  const after = next.metadata?.annotations?.[classAnnotation];
  return (
    before !== undefined &&
    old.spec?.storageClassName === undefined &&
    next.spec?.storageClassName === before &&
    (after === undefined || after === before)
  );
}

/** A claim of no class gets one, e.g. the default when there is one at last. */
function takesClass(next: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  return (
    old.metadata?.annotations?.[classAnnotation] === undefined &&
    old.spec?.storageClassName === undefined &&
    next.spec?.storageClassName !== undefined
  );
}

const resizeStatuses = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];

export function validateClaimStatus({ status = {} }: PersistentVolumeClaim): FieldError[] {
  const at = new FieldPath('status');
  const { capacity, allocatedResources, allocatedResourceStatuses } = status;
  const [statuses, allocated] = [at.child('allocatedResourceStatus'), at.child('allocatedResources')];
  return [
    ...Object.entries(capacity ?? {}).flatMap(([name, amount]) =>
      validateAmount(amount, at.child('capacity').key(name)),
    ),
    ...Object.entries(allocatedResourceStatuses ?? {}).flatMap(([name, word]) => [
      ...validateResource(name, statuses),
      ...(resizeStatuses.includes(word) ? [] : [faults.notSupported(statuses, name, resizeStatuses)]),
    ]),
    ...Object.entries(allocatedResources ?? {}).flatMap(([name, amount]) => {
      const found = validateResource(name, allocated);
      return found.length > 0 ? found : validateAmount(amount, allocated.key(name));
    }),
  ];
}

function validateAmount(text: string, at: FieldPath): FieldError[] {
  const amount = quantityOf(text);
  return amount.sign < 0 ? [faults.invalid(at, amount.value(), 'must be a valid resource quantity')] : [];
}

/** Storage, or what somebody's own domain means. */
function validateResource(name: string, at: FieldPath): FieldError[] {
  const found = qualifiedName(name).map((text) => faults.invalid(at, name, text));
  if (found.length > 0 || name === 'storage' || !isNativeResource(name)) return found;
  return [faults.notSupported(at, name, ['storage'])];
}
