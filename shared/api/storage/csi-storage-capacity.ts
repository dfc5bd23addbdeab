// The Kind CSIStorageCapacity: how much a driver can still provide of a class, on some of the nodes.

export type { CSIStorageCapacity } from 'kubernetes-types/storage/v1';

import type { CSIStorageCapacity } from 'kubernetes-types/storage/v1';
import { type FieldError, FieldPath, faults, validateLabelSelector } from '../../machinery/index.ts';
import { nameColumn, textColumn } from '../columns.ts';
import { canonical, quantityOf } from '../core/pod-resource-lists.ts';
import { subdomain } from '../core/pod-validation/rules.ts';
import { immutable } from '../immutable.ts';
import type { Strategy } from '../resource.ts';

const root = new FieldPath();

export const strategy: Strategy<CSIStorageCapacity> = {
  schema: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  needsRevision: true,
  validate: (capacity) => [
    ...validateLabelSelector(capacity.nodeTopology, root.child('nodeTopology')),
    ...subdomain(capacity.storageClassName ?? '', root.child('storageClassName')),
    ...validateAmount(capacity.capacity, root.child('capacity')),
    ...validateAmount(capacity.maximumVolumeSize, root.child('maximumVolumeSize')),
  ],
  validateUpdate: (next, old) => [
    ...immutable(next.nodeTopology, old.nodeTopology, root.child('nodeTopology')),
    ...immutable(next.storageClassName, old.storageClassName, root.child('storageClassName')),
  ],
  columns: [
    nameColumn(),
    textColumn(
      'StorageClassName',
      'storageClassName represents the name of the StorageClass that the reported capacity applies to. It must meet the same requirements as the name of a StorageClass object (non-empty, DNS subdomain). If that object no longer exists, the CSIStorageCapacity object is obsolete and should be removed by its creator. This field is immutable.',
      (capacity) => capacity.storageClassName,
    ),
    textColumn(
      'Capacity',
      'capacity is the value reported by the CSI driver in its GetCapacityResponse for a GetCapacityRequest with topology and parameters that match the previous fields.  The semantic is currently (CSI spec 1.2) defined as: The available capacity, in bytes, of the storage that can be used to provision volumes. If not set, that information is currently unavailable.',
      (capacity) => capacity.capacity ?? '<unset>',
    ),
  ],
};

function validateAmount(amount: string | undefined, path: FieldPath): FieldError[] {
  if (amount === undefined || quantityOf(amount).sign >= 0) return [];
  return [faults.invalid(path, canonical(amount), 'must be greater than or equal to 0')];
}
