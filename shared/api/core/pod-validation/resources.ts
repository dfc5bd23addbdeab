// Limits and requests of a container: which resources there are, and that a request fits its limit.

import type { ResourceRequirements } from 'kubernetes-types/core/v1';
import { type FieldError, type FieldPath, faults, Quantity } from '../../../machinery/index.ts';
import { canonical, quantityOf, type ResourceList } from '../pod-resource-lists.ts';
import {
  isHugePage,
  isIntegerResource,
  mayOvercommit,
  validateContainerResourceName,
} from '../resource-names.ts';

/** The claims that a container names must be among the pod's. */
export function validateResources(
  { limits = {}, requests = {}, claims = [] }: ResourceRequirements,
  podClaims: ReadonlySet<string>,
  path: FieldPath,
): FieldError[] {
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  const found = [
    ...Object.entries(limits).flatMap(([name, text]) => {
      const at = path.child('limits').key(name);
      return [...validateAmount(name, text, at), ...validateHugePage(name, text, at)];
    }),
    ...Object.keys(requests).flatMap((name) => validateRequest(name, requests, limits, path)),
  ];
  if (names.some(isHugePage) && !names.includes('cpu') && !names.includes('memory')) {
    found.push(faults.forbidden(path, 'HugePages require cpu or memory'));
  }
  return [...found, ...validateClaims(claims, podClaims, path.child('claims'))];
}

function validateAmount(name: string, text: string, path: FieldPath): FieldError[] {
  const amount = quantityOf(text);
  const found = validateContainerResourceName(name, path);
  if (amount.sign < 0) {
    found.push(faults.invalid(path, canonical(text), 'must be greater than or equal to 0'));
  }
  if (isIntegerResource(name) && !amount.isInteger) {
    found.push(faults.invalid(path, canonical(text), 'must be an integer'));
  }
  return found;
}

function validateRequest(
  name: string,
  requests: ResourceList,
  limits: ResourceList,
  path: FieldPath,
): FieldError[] {
  const text = requests[name] ?? '0';
  return [
    ...validateAmount(name, text, path.child('requests').key(name)),
    ...validateAgainstLimit(name, text, limits[name], path),
    ...validateHugePage(name, text, path.child('requests').key(name)),
  ];
}

function validateAgainstLimit(
  name: string,
  text: string,
  limit: string | undefined,
  path: FieldPath,
): FieldError[] {
  if (limit === undefined) {
    if (mayOvercommit(name)) return [];
    return [faults.required(path.child('limits'), 'Limit must be set for non overcommitable resources')];
  }
  const order = quantityOf(text).compare(quantityOf(limit));
  if (order === 0 || (order < 0 && mayOvercommit(name))) return [];
  const relation = mayOvercommit(name) ? 'less than or equal to' : 'equal to';
  const detail = `must be ${relation} ${name} limit of ${canonical(limit)}`;
  return [faults.invalid(path.child('requests'), canonical(text), detail)];
}

function validateHugePage(name: string, text: string, path: FieldPath): FieldError[] {
  if (!isHugePage(name) || isDivisible(name, text)) return [];
  const shown = canonical(text);
  return [faults.invalid(path, shown, `${shown} is not positive integer multiple of ${name}`)];
}

function isDivisible(name: string, text: string): boolean {
  const page = Quantity.check(name.slice('hugepages-'.length));
  if (typeof page === 'string' || page.sign <= 0 || !page.isInteger) return false;
  return quantityOf(text).value() % page.value() === 0;
}

function validateClaims(
  claims: readonly { name: string }[],
  podClaims: ReadonlySet<string>,
  path: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return claims.flatMap(({ name }, position) => {
    const at = path.index(position);
    if (!name) return [faults.required(at)];
    const found = seen.has(name) ? [faults.duplicate(at, name)] : [];
    seen.add(name);
    return podClaims.has(name) ? found : [...found, unknownClaim(at, name, podClaims)];
  });
}

function unknownClaim(path: FieldPath, name: string, podClaims: ReadonlySet<string>): FieldError {
  const known = podClaims.size > 0 ? `: ${[...podClaims].sort().join(', ')}` : ' which is empty';
  const fault = faults.notFound(path, name);
  return { ...fault, text: `${fault.text}: must be one of the names in pod.spec.resourceClaims${known}` };
}
