// What is wrong with a PersistentVolume and with a change of one, as upstream's validation of core/v1 says it.

import { posix } from 'node:path';
import type { PersistentVolume, PersistentVolumeSpec, VolumeNodeAffinity } from 'kubernetes-types/core/v1';
import { deepEqual, type FieldError, FieldPath, faults } from '../../machinery/index.ts';
import { immutable } from '../immutable.ts';
import { persistentVolumeSources, validateVolumeSource } from './persistent-volume-sources.ts';
import { canonical, quantityOf } from './pod-resource-lists.ts';
import { validateTerms } from './pod-validation/affinity.ts';
import { oneOf, required, subdomain } from './pod-validation/rules.ts';
import { specDifference } from './pod-validation/spec-difference.ts';
import { validateAccessModes, volumeModes } from './volume-modes.ts';

const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];
const newerLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
};
const inInline = 'in the context of inline volumes';

export function validatePersistentVolume({ spec = {} }: PersistentVolume): FieldError[] {
  return validateVolumeSpec(spec, new FieldPath('spec'), 'volume');
}

/** `inline`: the spec stands in a VolumeAttachment, which takes less. */
export function validateVolumeSpec(
  spec: PersistentVolumeSpec,
  path: FieldPath,
  use: 'volume' | 'inline',
): FieldError[] {
  const modes = path.child('accessModes');
  return [
    ...required(spec.accessModes, modes),
    ...validateAccessModes(spec.accessModes ?? [], modes),
    ...(use === 'inline' ? validateInline(spec, path) : validateOwn(spec, path)),
    ...validateVolumeSource(spec, path),
    ...(spec.local && use === 'volume' && !spec.nodeAffinity?.required
      ? [faults.required(path.child('nodeAffinity'), 'Local volume requires node affinity')]
      : []),
    ...validateRecycling(spec, path.child('persistentVolumeReclaimPolicy')),
  ];
}

function validateOwn(spec: PersistentVolumeSpec, path: FieldPath): FieldError[] {
  const { persistentVolumeReclaimPolicy: policy, volumeMode, storageClassName, nodeAffinity } = spec;
  return [
    ...validateCapacity(spec.capacity ?? {}, path.child('capacity')),
    ...(policy ? oneOf(policy, reclaimPolicies, path.child('persistentVolumeReclaimPolicy')) : []),
    ...(nodeAffinity ? validateNodeAffinity(nodeAffinity, path.child('nodeAffinity')) : []),
    ...(storageClassName ? subdomain(storageClassName, path.child('storageClassName')) : []),
    ...(volumeMode === undefined ? [] : oneOf(volumeMode, volumeModes, path.child('volumeMode'))),
  ];
}

function validateCapacity(capacity: Record<string, string>, path: FieldPath): FieldError[] {
  const names = Object.keys(capacity);
  const found = names.length > 0 ? [] : [faults.required(path)];
  if (names.length !== 1 || names[0] !== 'storage')
    found.push(faults.notSupported(path, names.length > 0 ? capacity : undefined, ['storage']));
  return [
    ...found,
    ...Object.entries(capacity).flatMap(([name, amount]) => {
      const { sign } = quantityOf(amount);
      const at = path.key(name);
      return [
        ...(sign < 0
          ? [faults.invalid(at, quantityOf(amount).value(), 'must be a valid resource quantity')]
          : []),
        ...(sign <= 0 ? [faults.invalid(at, canonical(amount), 'must be greater than zero')] : []),
      ];
    }),
  ];
}

function validateNodeAffinity({ required: selector }: VolumeNodeAffinity, path: FieldPath): FieldError[] {
  const at = path.child('required');
  if (!selector) return [faults.required(at, 'must specify required node constraints')];
  return validateTerms(selector.nodeSelectorTerms ?? [], at.child('nodeSelectorTerms'));
}

function validateInline(spec: PersistentVolumeSpec, path: FieldPath): FieldError[] {
  const { claimRef, nodeAffinity, storageClassName, capacity, csi } = spec;
  const given = { claimRef, nodeAffinity, storageClassName, capacity };
  const found = Object.entries(given)
    .filter(([, value]) => value !== undefined && value !== '' && !deepEqual(value, {}))
    .map(([field]) => faults.forbidden(path.child(field), `may not be specified ${inInline}`));
  if (!csi) found.push(faults.required(path.child('csi'), `has to be specified ${inInline}`));
  if (spec.persistentVolumeReclaimPolicy && spec.persistentVolumeReclaimPolicy !== 'Retain') {
    const at = path.child('persistentVolumeReclaimPolicy');
    found.push(faults.forbidden(at, `may only be Retain ${inInline}`));
  }
  if (spec.volumeMode !== undefined && spec.volumeMode !== 'Filesystem') {
    const detail = `may not specify volumeMode other than Filesystem ${inInline}`;
    found.push(faults.forbidden(path.child('volumeMode'), detail));
  }
  return found;
}

/** Recycling deletes all files of the volume: not those of a whole node. */
function validateRecycling(spec: PersistentVolumeSpec, path: FieldPath): FieldError[] {
  const { hostPath, persistentVolumeReclaimPolicy: policy } = spec;
  const whole = hostPath?.path && posix.resolve('/', posix.normalize(hostPath.path)) === '/';
  if (!whole || policy !== 'Recycle') return [];
  return [faults.forbidden(path, "may not be 'recycle' for a hostPath mount of '/'")];
}

/** What the volume is made of stays; a driver's secret for growing it may be added. */
export function validatePersistentVolumeUpdate(next: PersistentVolume, old: PersistentVolume): FieldError[] {
  const before = sourceOf(old.spec ?? {});
  const after = sourceOf(withoutAddedSecret(next.spec ?? {}, old.spec ?? {}));
  const found: FieldError[] = [];
  if (!deepEqual(before, after)) {
    const detail = `spec.persistentvolumesource is immutable after creation\n${specDifference(before, after)}`;
    found.push(faults.forbidden(new FieldPath('spec').child('persistentvolumesource'), detail));
  }
  found.push(...immutable(next.spec?.volumeMode, old.spec?.volumeMode, new FieldPath('volumeMode')));
  return [...found, ...validateAffinityUpdate(next.spec?.nodeAffinity, old.spec?.nodeAffinity)];
}

/** Where the volume can be reached stays, once it is said, but that labels of old may have their newer names. */
function validateAffinityUpdate(
  next: VolumeNodeAffinity | undefined,
  old: VolumeNodeAffinity | undefined,
): FieldError[] {
  if (!old) return [];
  const after = next?.required?.nodeSelectorTerms ?? [];
  const expected = old.required?.nodeSelectorTerms.map((term, at) => ({
    ...term,
    ...(term.matchExpressions && {
      matchExpressions: term.matchExpressions.map((expression, index) => {
        const key = newerLabels[expression.key];
        return key && key === after[at]?.matchExpressions?.[index]?.key ? { ...expression, key } : expression;
      }),
    }),
  }));
  if (deepEqual(next, expected ? { ...old, required: { nodeSelectorTerms: expected } } : old)) return [];
  const detail = 'field is immutable, except for updating from beta label to GA';
  return [faults.invalid(new FieldPath('nodeAffinity'), next, detail)];
}

function sourceOf(spec: PersistentVolumeSpec): Partial<PersistentVolumeSpec> {
  return Object.fromEntries(persistentVolumeSources.map(({ field }) => [field, spec[field]]));
}

function withoutAddedSecret(next: PersistentVolumeSpec, old: PersistentVolumeSpec): PersistentVolumeSpec {
  if (!next.csi || !old.csi || old.csi.controllerExpandSecretRef) return next;
  const { controllerExpandSecretRef: _, ...csi } = next.csi;
  return { ...next, csi };
}
