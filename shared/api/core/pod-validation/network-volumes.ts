// Volumes that live on other machines.

import type { Volume } from 'kubernetes-types/core/v1';
import {
  dns1123Subdomain,
  type FieldError,
  type FieldPath,
  faults,
  inRange,
} from '../../../machinery/index.ts';
import { label, required, subdomain } from './rules.ts';

type Source<F extends keyof Volume> = NonNullable<Volume[F]>;

export function validateNfs(nfs: Source<'nfs'>, path: FieldPath): FieldError[] {
  const target = nfs.path ?? '';
  return [
    ...required(nfs.server, path.child('server')),
    ...required(target, path.child('path')),
    ...(target.startsWith('/')
      ? []
      : [faults.invalid(path.child('path'), target, 'must be an absolute path')]),
  ];
}

const initiatorFormats: Record<string, RegExp> = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

function initiator(name: string, path: FieldPath): FieldError[] {
  const format = initiatorFormats[name.slice(0, 3)];
  if (!format) return [faults.invalid(path, name, 'must be valid format starting with iqn, eui, or naa')];
  return format.test(name) ? [] : [faults.invalid(path, name, 'must be valid format')];
}

export function validateIscsi(iscsi: Source<'iscsi'>, path: FieldPath): FieldError[] {
  const { iqn = '', lun = 0, initiatorName } = iscsi;
  const needsSecret = (iscsi.chapAuthDiscovery || iscsi.chapAuthSession) && !iscsi.secretRef;
  return [
    ...required(iscsi.targetPortal, path.child('targetPortal')),
    ...(iqn ? initiator(iqn, path.child('iqn')) : required(iqn, path.child('iqn'))),
    ...inRange(lun, 0, 255).map((text) => faults.invalid(path.child('lun'), lun, text)),
    ...(needsSecret ? [faults.required(path.child('secretRef'))] : []),
    ...(initiatorName === undefined ? [] : initiator(initiatorName, path.child('initiatorname'))),
  ];
}

export function validateGlusterfs(gluster: Source<'glusterfs'>, path: FieldPath): FieldError[] {
  return [
    ...required(gluster.endpoints, path.child('endpoints')),
    ...required(gluster.path, path.child('path')),
  ];
}

export function validateFlocker(flocker: Source<'flocker'>, path: FieldPath): FieldError[] {
  const { datasetName, datasetUUID } = flocker;
  const found: FieldError[] = [];
  if (!datasetName && !datasetUUID) {
    found.push(faults.required(path, 'one of datasetName and datasetUUID is required'));
  }
  if (datasetName && datasetUUID) {
    const detail = 'datasetName and datasetUUID can not be specified simultaneously';
    found.push(faults.invalid(path, 'resource', detail));
  }
  if (datasetName?.includes('/')) {
    found.push(faults.invalid(path.child('datasetName'), datasetName, "must not contain '/'"));
  }
  return found;
}

export function validateRbd(rbd: Source<'rbd'>, path: FieldPath): FieldError[] {
  return [...required(rbd.monitors, path.child('monitors')), ...required(rbd.image, path.child('image'))];
}

export function validateQuobyte(quobyte: Source<'quobyte'>, path: FieldPath): FieldError[] {
  const { registry, tenant = '' } = quobyte;
  const form = 'must be a host:port pair or multiple pairs separated by commas';
  const found: FieldError[] = [];
  if (!registry) found.push(faults.required(path.child('registry'), form));
  else if (tenant.length >= 65) {
    const detail = 'must be a UUID and may not exceed a length of 64 characters';
    found.push(faults.required(path.child('tenant'), detail));
  } else {
    const wrong = registry.split(',').filter((pair) => !/^(\[[^\]]*\]|[^:[\]]*):[^:]*$/.test(pair));
    found.push(...wrong.map(() => faults.invalid(path.child('registry'), registry, form)));
  }
  return [...found, ...required(quobyte.volume, path.child('volume'))];
}

export function validateFibreChannel(fc: Source<'fc'>, path: FieldPath): FieldError[] {
  const { targetWWNs = [], wwids = [], lun } = fc;
  const found: FieldError[] = [];
  if (targetWWNs.length === 0 && wwids.length === 0) {
    const detail = 'must specify either targetWWNs or wwids, but not both';
    found.push(faults.required(path.child('targetWWNs'), detail));
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    const detail = 'targetWWNs and wwids can not be specified simultaneously';
    found.push(faults.invalid(path.child('targetWWNs'), targetWWNs, detail));
  }
  if (targetWWNs.length === 0) return found;
  if (lun === undefined) {
    return [...found, faults.required(path.child('lun'), 'lun is required if targetWWNs is specified')];
  }
  return [...found, ...inRange(lun, 0, 255).map((text) => faults.invalid(path.child('lun'), lun, text))];
}

export function validateFlexVolume(flex: Source<'flexVolume'>, path: FieldPath): FieldError[] {
  const reserved = Object.keys(flex.options ?? {}).filter((key) => {
    const domain = `.${(key.split('/', 2)[0] ?? key).toLowerCase()}`;
    return domain.endsWith('.kubernetes.io') || domain.endsWith('.k8s.io');
  });
  return [
    ...required(flex.driver, path.child('driver')),
    ...reserved.map((key) =>
      faults.invalid(path.child('options').key(key), key, 'kubernetes.io and k8s.io namespaces are reserved'),
    ),
  ];
}

export function validateStorageOs(volume: Source<'storageos'>, path: FieldPath): FieldError[] {
  const { volumeName, volumeNamespace, secretRef } = volume;
  const at = path.child('volumeName');
  return [
    ...(volumeName ? label(volumeName, at) : [faults.required(at)]),
    ...(volumeNamespace ? label(volumeNamespace, path.child('volumeNamespace')) : []),
    ...(secretRef ? required(secretRef.name, path.child('secretRef', 'name')) : []),
  ];
}

export function validateScaleIo(volume: Source<'scaleIO'>, path: FieldPath): FieldError[] {
  return [
    ...required(volume.gateway, path.child('gateway')),
    ...required(volume.system, path.child('system')),
    ...required(volume.volumeName, path.child('volumeName')),
  ];
}

export function validateCsi(csi: Source<'csi'>, path: FieldPath): FieldError[] {
  const { driver = '', nodePublishSecretRef: secret } = csi;
  const at = path.child('driver');
  return [
    ...required(driver, at),
    ...(driver.length > 63 ? [faults.tooLong(at, 63)] : []),
    ...dns1123Subdomain(driver.toLowerCase()).map((text) => faults.invalid(at, driver, text)),
    ...(secret && !secret.name ? [faults.required(path.child('nodePublishSecretRef', 'name'))] : []),
    ...(secret?.name ? subdomain(secret.name, path.child('name')) : []),
  ];
}
