// THE LIST of what a PersistentVolume can be made of, in the order in which upstream looks at them: the first that is
// given is checked, others are too many.

import type { PersistentVolumeSpec, SecretReference } from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults } from '../../machinery/index.ts';
import * as cloud from './pod-validation/cloud-volumes.ts';
import * as network from './pod-validation/network-volumes.ts';
import { noBacksteps } from './pod-validation/paths.ts';
import { label, oneOf, required, subdomain } from './pod-validation/rules.ts';
import { hostPathTypes } from './pod-validation/volume-sources.ts';

interface VolumeSource {
  field: keyof PersistentVolumeSpec & string;
  /** Undefined where the volume has no such source. */
  check(spec: PersistentVolumeSpec, path: FieldPath): FieldError[] | undefined;
}

type Source<F extends keyof PersistentVolumeSpec> = NonNullable<PersistentVolumeSpec[F]>;

/** `shown`: what upstream calls it where it says what is wrong inside. */
function source<F extends keyof PersistentVolumeSpec & string>(
  field: F,
  validate: (given: Source<F>, path: FieldPath) => FieldError[],
  shown: string = field,
): VolumeSource {
  return {
    field,
    check: (spec, path) => {
      const given = spec[field];
      return given === undefined || given === null ? undefined : validate(given, path.child(shown));
    },
  };
}

export const persistentVolumeSources: readonly VolumeSource[] = [
  source('hostPath', validateHostPath),
  source('gcePersistentDisk', cloud.validateGceDisk, 'persistentDisk'),
  source('awsElasticBlockStore', cloud.validateAwsDisk),
  source('glusterfs', network.validateGlusterfs),
  source('flocker', network.validateFlocker),
  source('nfs', network.validateNfs),
  source('rbd', network.validateRbd),
  source('quobyte', network.validateQuobyte),
  source('cephfs', ({ monitors }, path) => required(monitors, path.child('monitors'))),
  source('iscsi', network.validateIscsi),
  source('cinder', validateCinder),
  source('fc', network.validateFibreChannel),
  source('flexVolume', network.validateFlexVolume),
  source('azureFile', validateAzureFile),
  source('vsphereVolume', ({ volumePath }, path) => required(volumePath, path.child('volumePath'))),
  source('photonPersistentDisk', ({ pdID }, path) => required(pdID, path.child('pdID'))),
  source('portworxVolume', ({ volumeID }, path) => required(volumeID, path.child('volumeID'))),
  source('azureDisk', cloud.validateAzureDisk),
  source('scaleIO', network.validateScaleIo),
  source('local', ({ path: target }, path) => [
    ...(target ? noBacksteps(target, path.child('path')) : [faults.required(path.child('path'))]),
  ]),
  source('storageos', validateStorageOs),
  source('csi', validateCsi),
];

/** What is wrong with the source, and that there is exactly one. `path` is the spec's. */
export function validateVolumeSource(spec: PersistentVolumeSpec, path: FieldPath): FieldError[] {
  let given = false;
  const found = persistentVolumeSources.flatMap(({ field, check }) => {
    const wrong = check(spec, path);
    if (!wrong) return [];
    if (given) return [faults.forbidden(path.child(field), 'may not specify more than 1 volume type')];
    given = true;
    return wrong;
  });
  return given ? found : [faults.required(path, 'must specify a volume type')];
}

function validateHostPath(host: Source<'hostPath'>, path: FieldPath): FieldError[] {
  if (!host.path) return [faults.required(path.child('path'))];
  return [
    ...noBacksteps(host.path, path.child('path')),
    ...oneOf(host.type ?? '', hostPathTypes, path.child('type')),
  ];
}

function validateCinder({ volumeID, secretRef }: Source<'cinder'>, path: FieldPath): FieldError[] {
  return [
    ...required(volumeID, path.child('volumeID')),
    ...(secretRef ? validateSecretReference(secretRef, path.child('secretRef')) : []),
  ];
}

function validateAzureFile(share: Source<'azureFile'>, path: FieldPath): FieldError[] {
  const namespaced = share.secretNamespace === undefined || share.secretNamespace !== '';
  return [
    ...required(share.secretName, path.child('secretName')),
    ...required(share.shareName, path.child('shareName')),
    ...(namespaced ? [] : [faults.required(path.child('secretNamespace'))]),
  ];
}

function validateStorageOs(volume: Source<'storageos'>, path: FieldPath): FieldError[] {
  const { volumeName, volumeNamespace, secretRef } = volume;
  const at = path.child('volumeName');
  return [
    ...(volumeName ? label(volumeName, at) : [faults.required(at)]),
    ...(volumeNamespace ? label(volumeNamespace, path.child('volumeNamespace')) : []),
    ...(secretRef?.name === '' ? [faults.required(path.child('secretRef', 'name'))] : []),
    ...(secretRef?.namespace === '' ? [faults.required(path.child('secretRef', 'namespace'))] : []),
  ];
}

function validateCsi(csi: Source<'csi'>, path: FieldPath): FieldError[] {
  const { controllerPublishSecretRef, controllerExpandSecretRef, nodePublishSecretRef, nodeExpandSecretRef } =
    csi;
  const secrets = {
    controllerPublishSecretRef,
    controllerExpandSecretRef,
    nodePublishSecretRef,
    nodeExpandSecretRef,
  };
  return [
    ...network.validateCsi({ driver: csi.driver }, path),
    ...required(csi.volumeHandle, path.child('volumeHandle')),
    ...Object.entries(secrets).flatMap(([field, secret]) =>
      secret ? validateNamedSecret(secret, path.child(field)) : [],
    ),
  ];
}

function validateSecretReference({ name, namespace }: SecretReference, path: FieldPath): FieldError[] {
  return [...required(name, path.child('name')), ...required(namespace, path.child('namespace'))];
}

function validateNamedSecret({ name, namespace }: SecretReference, path: FieldPath): FieldError[] {
  const [nameAt, namespaceAt] = [path.child('name'), path.child('namespace')];
  return [
    ...(name ? subdomain(name, nameAt) : [faults.required(nameAt)]),
    ...(namespace ? label(namespace, namespaceAt) : [faults.required(namespaceAt)]),
  ];
}
