// Where a container sees volumes: as directories (mounts) or as raw devices.

import type { Container, Volume, VolumeDevice, VolumeMount } from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { descending, noBacksteps } from './paths.ts';
import { oneOf, required } from './rules.ts';

/** The pod's volumes that are valid themselves, by name. */
export type Volumes = ReadonlyMap<string, Volume>;

export function validateVolumeMounts(container: Container, volumes: Volumes, path: FieldPath): FieldError[] {
  const devices = new Map((container.volumeDevices ?? []).map((each) => [each.name, each.devicePath]));
  const devicePaths = new Set(devices.values());
  const taken = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount, position) => {
    const at = path.index(position);
    const { name = '', mountPath = '' } = mount;
    const found = [
      ...required(name, at.child('name')),
      ...(volumes.has(name) ? [] : [faults.notFound(at.child('name'), name)]),
      ...required(mountPath, at.child('mountPath')),
    ];
    const invalid = (field: string, value: string, detail: string) =>
      found.push(faults.invalid(at.child(field), value, detail));
    if (taken.has(mountPath)) invalid('mountPath', mountPath, 'must be unique');
    taken.add(mountPath);
    if (devices.has(name)) invalid('name', name, 'must not already exist in volumeDevices');
    if (devicePaths.has(mountPath)) {
      invalid('mountPath', mountPath, 'must not already exist as a path in volumeDevices');
    }
    return [...found, ...validateSubPath(mount, at, path), ...validateMode(mount, container, path)];
  });
}

/** Upstream names the list, not the mount, for most of these. */
function validateSubPath(
  { subPath, subPathExpr }: VolumeMount,
  at: FieldPath,
  list: FieldPath,
): FieldError[] {
  const detail = 'subPathExpr and subPath are mutually exclusive';
  return [
    ...(subPath ? descending(subPath, list.child('subPath')) : []),
    ...(subPath && subPathExpr ? [faults.invalid(at.child('subPathExpr'), subPathExpr, detail)] : []),
    ...(subPathExpr ? descending(subPathExpr, list.child('subPathExpr')) : []),
  ];
}

const propagations = ['Bidirectional', 'HostToContainer', 'None'];
const recursiveModes = ['Disabled', 'Enabled', 'IfPossible'];

function validateMode(mount: VolumeMount, container: Container, list: FieldPath): FieldError[] {
  const { mountPropagation: propagation, recursiveReadOnly: recursive } = mount;
  const found: FieldError[] = [];
  if (propagation !== undefined) {
    const at = list.child('mountPropagation');
    found.push(...oneOf(propagation, propagations, at));
    if (propagation === 'Bidirectional' && !container.securityContext?.privileged) {
      const detail = 'Bidirectional mount propagation is available only to privileged containers';
      found.push(faults.forbidden(at, detail));
    }
  }
  if (recursive === undefined || recursive === 'Disabled') return found;
  const at = list.child('recursiveReadOnly');
  const unknown = oneOf(recursive, recursiveModes, at);
  if (unknown.length > 0) return [...found, ...unknown];
  if (!mount.readOnly) found.push(faults.forbidden(at, 'may only be specified when readOnly is true'));
  if (propagation !== undefined && propagation !== 'None') {
    const detail = 'may only be specified when mountPropagation is None or not specified';
    found.push(faults.forbidden(at, detail));
  }
  return found;
}

export function validateVolumeDevices(container: Container, volumes: Volumes, path: FieldPath): FieldError[] {
  const mounts = new Map((container.volumeMounts ?? []).map((each) => [each.name, each.mountPath]));
  const names = new Set<string>();
  const paths = new Set<string>();
  return (container.volumeDevices ?? []).flatMap((device, position) => {
    const at = path.index(position);
    const found = [
      ...validateDeviceName(device, names, volumes, at.child('name')),
      ...validateDevicePath(device, paths, at.child('devicePath')),
    ];
    const { name, devicePath } = device;
    if (mounts.has(name)) {
      found.push(faults.invalid(at.child('name'), name, 'must not already exist in volumeMounts'));
    }
    if ([...mounts.values()].includes(devicePath)) {
      const detail = 'must not already exist as a path in volumeMounts';
      found.push(faults.invalid(at.child('devicePath'), devicePath, detail));
    }
    return found;
  });
}

function validateDeviceName({ name }: VolumeDevice, taken: Set<string>, volumes: Volumes, path: FieldPath) {
  const found = required(name, path);
  if (taken.has(name)) found.push(faults.invalid(path, name, 'must be unique'));
  if (name) taken.add(name);
  const volume = volumes.get(name);
  if (!volume) found.push(faults.notFound(path, name));
  else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
    const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
    found.push(faults.invalid(path, name, detail));
  }
  return found;
}

function validateDevicePath({ devicePath }: VolumeDevice, taken: Set<string>, path: FieldPath): FieldError[] {
  const found = required(devicePath, path);
  if (taken.has(devicePath)) found.push(faults.invalid(path, devicePath, 'must be unique'));
  if (noBacksteps(devicePath ?? '', path).length > 0) {
    found.push(faults.invalid(path, devicePath, "can not contain backsteps ('..')"));
  } else taken.add(devicePath);
  return found;
}
