// Volumes of cloud providers: stored and checked, never mounted on an edge board.

import type { Volume } from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults, inRange } from '../../../machinery/index.ts';
import { oneOf, required, unsupported } from './rules.ts';

function partition(value: number | undefined, path: FieldPath): FieldError[] {
  const partitionPath = path.child('partition');
  if (value === undefined || inRange(value, 0, 255).length === 0) return [];
  return inRange(value, 1, 255).map((text) => faults.invalid(partitionPath, value, text));
}

type Source<F extends keyof Volume> = NonNullable<Volume[F]>;

export function validateGceDisk(disk: Source<'gcePersistentDisk'>, path: FieldPath): FieldError[] {
  return [...required(disk.pdName, path.child('pdName')), ...partition(disk.partition, path)];
}

export function validateAwsDisk(disk: Source<'awsElasticBlockStore'>, path: FieldPath): FieldError[] {
  return [...required(disk.volumeID, path.child('volumeID')), ...partition(disk.partition, path)];
}

export function validateCinder(disk: Source<'cinder'>, path: FieldPath): FieldError[] {
  return [
    ...required(disk.volumeID, path.child('volumeID')),
    ...(disk.secretRef ? required(disk.secretRef.name, path.child('secretRef', 'name')) : []),
  ];
}

export function validateAzureFile(share: Source<'azureFile'>, path: FieldPath): FieldError[] {
  return [
    ...required(share.secretName, path.child('secretName')),
    ...required(share.shareName, path.child('shareName')),
  ];
}

const managedUri =
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const blobUri = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

export function validateAzureDisk(disk: Source<'azureDisk'>, path: FieldPath): FieldError[] {
  const { cachingMode, kind, diskURI = '' } = disk;
  const managed = kind === 'Managed';
  const uriFits = diskURI.startsWith(managed ? '/subscriptions/' : 'https://');
  return [
    ...required(disk.diskName, path.child('diskName')),
    ...required(diskURI, path.child('diskURI')),
    ...(cachingMode === undefined
      ? []
      : oneOf(cachingMode, ['None', 'ReadOnly', 'ReadWrite'], path.child('cachingMode'))),
    ...(kind === undefined ? [] : oneOf(kind, ['Dedicated', 'Managed', 'Shared'], path.child('kind'))),
    ...(kind === undefined || uriFits
      ? []
      : [unsupported(path.child('diskURI'), diskURI, [managed ? managedUri : blobUri])]),
  ];
}
