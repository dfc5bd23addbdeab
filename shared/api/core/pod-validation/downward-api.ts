// References to a pod's own fields and to a container's resources, from the environment and from volumes.

import type {
  DownwardAPIVolumeFile,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults } from '../../../machinery/index.ts';
import { quantityOf } from '../pod-resource-lists.ts';
import { descendingUnreserved, fileMode } from './paths.ts';
import { oneOf, qualified, required } from './rules.ts';

/** Fields that an environment variable may take; sorted, as messages show them. */
export const environmentFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

const volumeFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

/** What can be named at all; where it may be used is a second question. */
const podFields = new Set([
  ...environmentFields,
  ...volumeFields,
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.host',
  'status.phase',
]);

const containerResources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

const sizeUnits = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei';
const subscripted = /^(.+?)\['(.*)'\]$/;

export function validateFieldRef(
  reference: ObjectFieldSelector,
  supported: readonly string[],
  path: FieldPath,
): FieldError[] {
  const missing = required(reference.apiVersion, path.child('apiVersion'));
  if (missing.length > 0) return missing;
  const fieldPath = path.child('fieldPath');
  if (!reference.fieldPath) return required(reference.fieldPath, fieldPath);
  const problem = conversionProblem(reference.apiVersion ?? '', reference.fieldPath);
  if (problem) {
    return [faults.invalid(fieldPath, reference.fieldPath, `error converting fieldPath: ${problem}`)];
  }
  const [, field, subscript = ''] = subscripted.exec(reference.fieldPath) ?? [];
  if (field === 'metadata.annotations') return qualified(subscript.toLowerCase(), path);
  if (field === 'metadata.labels') return qualified(subscript, path);
  return oneOf(reference.fieldPath, supported, fieldPath);
}

function conversionProblem(apiVersion: string, fieldPath: string): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`;
  const field = subscripted.exec(fieldPath)?.[1];
  if (field === undefined)
    return podFields.has(fieldPath) ? undefined : `field label not supported: ${fieldPath}`;
  if (field === 'metadata.annotations' || field === 'metadata.labels') return undefined;
  return `field label does not support subscript: ${fieldPath}`;
}

/** `ofVolume`: a file has to say which container it means, a variable is that container's own. */
export function validateResourceFieldRef(
  reference: ResourceFieldSelector,
  path: FieldPath,
  ofVolume: boolean,
): FieldError[] {
  const { resource } = reference;
  const found: FieldError[] = [];
  if (ofVolume && !reference.containerName) found.push(faults.required(path.child('containerName')));
  else if (!resource) found.push(faults.required(path.child('resource')));
  else if (!/^(limits|requests)\.hugepages-/.test(resource)) {
    found.push(...oneOf(resource, containerResources, path.child('resource')));
  }
  return [...found, ...validateDivisor(resource, reference.divisor, path.child('divisor'))];
}

function validateDivisor(resource: string, divisor: string | undefined, path: FieldPath): FieldError[] {
  const amount = quantityOf(divisor);
  if (amount.sign === 0) return [];
  const kind = /^(?:limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-)/.exec(resource)?.[1];
  if (kind === undefined) return [];
  const allowed = kind === 'cpu' ? '1m, 1' : sizeUnits;
  if (allowed.split(', ').includes(amount.toString())) return [];
  const values = kind === 'cpu' ? '1m and 1' : sizeUnits;
  const noun = { 'ephemeral-storage': 'local ephemeral storage', 'hugepages-': 'hugepages' }[kind] ?? kind;
  return [
    faults.invalid(path, resource, `only divisor's values ${values} are supported with the ${noun} resource`),
  ];
}

/** One file of a downward API volume. */
export function validateDownwardFile(file: DownwardAPIVolumeFile, path: FieldPath): FieldError[] {
  const found = [
    ...required(file.path, path.child('path')),
    ...descendingUnreserved(file.path ?? '', path.child('path')),
  ];
  if (file.fieldRef) {
    found.push(...validateFieldRef(file.fieldRef, volumeFields, path.child('fieldRef')));
    if (file.resourceFieldRef) {
      const detail = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      found.push(faults.invalid(path, 'resource', detail));
    }
  } else if (file.resourceFieldRef) {
    found.push(...validateResourceFieldRef(file.resourceFieldRef, path.child('resourceFieldRef'), true));
  } else found.push(faults.required(path, 'one of fieldRef and resourceFieldRef is required'));
  return [...found, ...fileMode(file.mode, path.child('mode'))];
}
