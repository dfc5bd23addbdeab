// The Kind StorageClass: a kind of storage that claims can ask for by name, and who provisions it.

export type { StorageClass } from 'kubernetes-types/storage/v1';

import type { TopologySelectorLabelRequirement, TopologySelectorTerm } from 'kubernetes-types/core/v1';
import type { StorageClass } from 'kubernetes-types/storage/v1';
import { deepEqual, type FieldError, FieldPath, faults, qualifiedName } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { labelWarnings } from '../core/pod-label-warnings.ts';
import { oneOf, qualified, required } from '../core/pod-validation/rules.ts';
import { immutable } from '../immutable.ts';
import type { Strategy } from '../resource.ts';
import { isDefaultClass } from './default-class.ts';

const mostParameters = 512;
/** All keys and values together, bytes. */
const largestParameters = 256 * 1024;

const root = new FieldPath();

export const strategy: Strategy<StorageClass> = {
  schema: 'io.k8s.api.storage.v1.StorageClass',
  default(storageClass) {
    storageClass.reclaimPolicy ??= 'Delete';
    storageClass.volumeBindingMode ??= 'Immediate';
  },
  validate: validateStorageClass,
  validateUpdate: validateStorageClassUpdate,
  warnings: topologyWarnings,
  columns: [
    {
      ...nameColumn(),
      cell: (storageClass) =>
        isDefaultClass(storageClass)
          ? `${storageClass.metadata?.name} (default)`
          : (storageClass.metadata?.name ?? ''),
    },
    textColumn(
      'Provisioner',
      'provisioner indicates the type of the provisioner.',
      (storageClass) => storageClass.provisioner,
    ),
    textColumn(
      'ReclaimPolicy',
      'reclaimPolicy controls the reclaimPolicy for dynamically provisioned PersistentVolumes of this storage class. Defaults to Delete.',
      (storageClass) => storageClass.reclaimPolicy ?? 'Delete',
    ),
    textColumn(
      'VolumeBindingMode',
      'volumeBindingMode indicates how PersistentVolumeClaims should be provisioned and bound.  When unset, VolumeBindingImmediate is used. This field is only honored by servers that enable the VolumeScheduling feature.',
      (storageClass) => storageClass.volumeBindingMode ?? '<unset>',
    ),
    textColumn(
      'AllowVolumeExpansion',
      'allowVolumeExpansion shows whether the storage class allow volume expand.',
      (storageClass) => storageClass.allowVolumeExpansion ?? false,
    ),
    ageColumn(),
  ],
};

function validateStorageClass(storageClass: StorageClass): FieldError[] {
  const { provisioner = '', reclaimPolicy = '', volumeBindingMode } = storageClass;
  const bindingPath = root.child('volumeBindingMode');
  return [
    ...(provisioner
      ? qualifiedName(provisioner.toLowerCase()).map((text) =>
          faults.invalid(root.child('provisioner'), provisioner, text),
        )
      : [faults.required(root.child('provisioner'))]),
    ...validateParameters(storageClass.parameters ?? {}, root.child('parameters')),
    ...(reclaimPolicy ? oneOf(reclaimPolicy, ['Delete', 'Retain'], root.child('reclaimPolicy')) : []),
    ...(volumeBindingMode === undefined
      ? [faults.required(bindingPath)]
      : oneOf(volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'], bindingPath)),
    ...validateTopologies(storageClass.allowedTopologies ?? [], root.child('allowedTopologies')),
  ];
}

function validateParameters(parameters: Record<string, string>, path: FieldPath): FieldError[] {
  const entries = Object.entries(parameters);
  if (entries.length > mostParameters) return [faults.tooLong(path, mostParameters)];
  const size = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return [
    ...(Object.hasOwn(parameters, '') ? [faults.invalid(path, '', 'field can not be empty.')] : []),
    ...(size > largestParameters ? [faults.tooLong(path, largestParameters)] : []),
  ];
}

function validateTopologies(terms: readonly TopologySelectorTerm[], path: FieldPath): FieldError[] {
  return terms.flatMap(({ matchLabelExpressions = [] }, index) => {
    const at = path.index(index).child('matchLabelExpressions');
    const same = terms.slice(0, index).some((other) => sameTerm(other, { matchLabelExpressions }));
    return [
      ...matchLabelExpressions.flatMap((requirement, position) => [
        ...validateRequirement(requirement, at.index(position)),
        ...(matchLabelExpressions.slice(0, position).some(({ key }) => key === requirement.key)
          ? [faults.duplicate(at.index(position).child('key'), requirement.key)]
          : []),
      ]),
      ...(same ? [faults.duplicate(at, '')] : []),
    ];
  });
}

/** The same keys with the same values, in whatever order. */
function sameTerm(left: TopologySelectorTerm, right: TopologySelectorTerm): boolean {
  const byKey = ({ matchLabelExpressions = [] }: TopologySelectorTerm) =>
    Object.fromEntries(matchLabelExpressions.map(({ key, values }) => [key, [...(values ?? [])].sort()]));
  return deepEqual(byKey(left), byKey(right));
}

function validateRequirement(
  { key = '', values = [] }: TopologySelectorLabelRequirement,
  path: FieldPath,
): FieldError[] {
  const at = path.child('values');
  return [
    ...required(values, at),
    ...values.flatMap((value, position) =>
      values.indexOf(value) < position ? [faults.duplicate(at.index(position), value)] : [],
    ),
    ...qualified(key, path.child('key')),
  ];
}

function validateStorageClassUpdate(next: StorageClass, old: StorageClass): FieldError[] {
  const changed = (['parameters', 'provisioner', 'reclaimPolicy'] as const)
    .filter((field) => !deepEqual(next[field] ?? {}, old[field] ?? {}))
    .map((field) => faults.forbidden(root.child(field), `updates to ${field} are forbidden.`));
  return [
    ...changed,
    ...immutable(next.volumeBindingMode, old.volumeBindingMode, root.child('volumeBindingMode')),
  ];
}

function topologyWarnings({ allowedTopologies = [] }: StorageClass): string[] {
  return allowedTopologies.flatMap(({ matchLabelExpressions = [] }, index) =>
    matchLabelExpressions.flatMap(({ key }, position) => {
      const at = root.child('allowedTopologies').index(index).child('matchLabelExpressions').index(position);
      return labelWarnings(key, at.child('key'));
    }),
  );
}
