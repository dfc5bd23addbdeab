// Which resources there are to ask for, to limit and to count (k8s.io/kubernetes/pkg/apis/core/helper), and what is wrong
// with a name.

import { type FieldError, type FieldPath, faults, qualifiedName } from '../../machinery/index.ts';
import { named } from './pod-validation/rules.ts';

const ofContainers = new Set(['cpu', 'memory', 'ephemeral-storage']);
const countedObjects = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);
const ofQuotas = new Set([
  ...ofContainers,
  ...[...ofContainers].flatMap((name) => [`requests.${name}`, `limits.${name}`]),
  ...countedObjects,
  'requests.storage',
]);

export const isHugePage = (name: string) => name.startsWith('hugepages-');
const isHugePageRequest = (name: string) => name.startsWith('requests.hugepages-');
export const isNativeResource = (name: string) => !name.includes('/') || name.includes('kubernetes.io/');
export const isExtendedResource = (name: string) =>
  !isNativeResource(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0;
/** Whether more may be promised than there is. */
export const mayOvercommit = (name: string) => isNativeResource(name) && !isHugePage(name);
/** Counted one by one. */
export const isIntegerResource = (name: string) => countedObjects.has(name) || isExtendedResource(name);
/** Whether a quota may be about it, by its plain name. */
export const isQuotaResource = (name: string) =>
  ofQuotas.has(name) || isHugePage(name) || isHugePageRequest(name);

/** Any resource: a standard one, or one with a domain. */
export function validateResourceName(name: string, path: FieldPath): FieldError[] {
  const found = named(qualifiedName, name, path);
  if (found.length > 0 || name.includes('/') || name === 'storage' || isQuotaResource(name)) return found;
  return [faults.invalid(path, name, 'must be a standard resource type or fully qualified')];
}

/** A resource that a container may have. */
export function validateContainerResourceName(name: string, path: FieldPath): FieldError[] {
  const found = validateResourceName(name, path);
  if (!name.includes('/') && !ofContainers.has(name) && !isHugePage(name)) {
    found.push(faults.invalid(path, name, 'must be a standard resource for containers'));
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    found.push(faults.invalid(path, name, "doesn't follow extended resource name standard"));
  }
  return found;
}
