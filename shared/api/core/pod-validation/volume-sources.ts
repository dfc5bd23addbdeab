// THE LIST of volume sources, in the order in which upstream looks at them: the first that is given is checked, others are too many.

import type { Volume } from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { quantityOf } from '../pod-resource-lists.ts';
import { validateClaimTemplate } from './claim-template.ts';
import * as cloud from './cloud-volumes.ts';
import * as files from './file-volumes.ts';
import * as network from './network-volumes.ts';
import { noBacksteps } from './paths.ts';
import { oneOf, required } from './rules.ts';

export interface VolumeSourceCheck {
  field: keyof Volume & string;
  /** Undefined where the volume has no such source. */
  check(volume: Volume, path: FieldPath): FieldError[] | undefined;
}

function source<F extends keyof Volume & string>(
  field: F,
  validate: (source: NonNullable<Volume[F]>, path: FieldPath) => FieldError[],
): VolumeSourceCheck {
  return {
    field,
    check: (volume, path) => {
      const given = volume[field];
      return given === undefined || given === null ? undefined : validate(given, path);
    },
  };
}

export const volumeSources: readonly VolumeSourceCheck[] = [
  source('emptyDir', validateEmptyDir),
  source('hostPath', validateHostPath),
  source('gitRepo', files.validateGitRepo),
  source('gcePersistentDisk', cloud.validateGceDisk),
  source('awsElasticBlockStore', cloud.validateAwsDisk),
  source('secret', files.validateSecret),
  source('nfs', network.validateNfs),
  source('iscsi', network.validateIscsi),
  source('glusterfs', network.validateGlusterfs),
  source('flocker', network.validateFlocker),
  source('persistentVolumeClaim', (claim, path) => required(claim.claimName, path.child('claimName'))),
  source('rbd', network.validateRbd),
  source('cinder', cloud.validateCinder),
  source('cephfs', (ceph, path) => required(ceph.monitors, path.child('monitors'))),
  source('quobyte', network.validateQuobyte),
  source('downwardAPI', files.validateDownwardApi),
  source('fc', network.validateFibreChannel),
  source('flexVolume', network.validateFlexVolume),
  source('configMap', files.validateConfigMap),
  source('azureFile', cloud.validateAzureFile),
  source('vsphereVolume', (disk, path) => required(disk.volumePath, path.child('volumePath'))),
  source('photonPersistentDisk', (disk, path) => required(disk.pdID, path.child('pdID'))),
  source('portworxVolume', (disk, path) => required(disk.volumeID, path.child('volumeID'))),
  source('azureDisk', cloud.validateAzureDisk),
  source('storageos', network.validateStorageOs),
  source('projected', files.validateProjected),
  source('scaleIO', network.validateScaleIo),
  source('csi', network.validateCsi),
  source('ephemeral', ({ volumeClaimTemplate: template }, path) => {
    const at = path.child('volumeClaimTemplate');
    return template ? validateClaimTemplate(template, at) : [faults.required(at)];
  }),
];

export const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

function validateEmptyDir({ sizeLimit }: NonNullable<Volume['emptyDir']>, path: FieldPath): FieldError[] {
  if (quantityOf(sizeLimit).sign >= 0) return [];
  return [faults.forbidden(path.child('sizeLimit'), 'SizeLimit field must be a valid resource quantity')];
}

function validateHostPath(host: NonNullable<Volume['hostPath']>, path: FieldPath): FieldError[] {
  if (!host.path) return [faults.required(path.child('path'))];
  return [
    ...noBacksteps(host.path, path.child('path')),
    ...oneOf(host.type ?? '', hostPathTypes, path.child('type')),
  ];
}
