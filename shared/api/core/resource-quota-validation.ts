// What is wrong with a ResourceQuota: its amounts, and the scopes that they are for.

import type {
  ResourceQuota,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from 'kubernetes-types/core/v1';
import { deepEqual, type FieldError, FieldPath, faults, goList, type Live } from '../../machinery/index.ts';
import { canonical, quantityOf, type ResourceList } from './pod-resource-lists.ts';
import { isIntegerResource, isQuotaResource, validateResourceName } from './resource-names.ts';

const specPath = new FieldPath('spec');
const statusPath = new FieldPath('status');

const compute = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
const withoutValues = [
  'BestEffort',
  'NotBestEffort',
  'Terminating',
  'NotTerminating',
  'CrossNamespacePodAffinity',
];
const scopeNames = [...withoutValues, 'PriorityClass'];
const conflicts = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];

export function validateQuota({ spec = {}, status = {} }: ResourceQuota): FieldError[] {
  return [
    ...validateAmounts(spec.hard, specPath.child('hard')),
    ...validateScopes(spec, specPath.child('scopes')),
    ...validateSelector(spec, specPath.child('scopeSelector', 'matchExpressions')),
    ...validateAmounts(status.hard, statusPath.child('hard')),
    ...validateAmounts(status.used, statusPath.child('used')),
  ];
}

export function validateQuotaUpdate(next: ResourceQuota, old: Live<ResourceQuota>): FieldError[] {
  const sorted = ({ spec }: ResourceQuota) => [...new Set(spec?.scopes)].sort();
  if (deepEqual(sorted(next), sorted(old))) return [];
  return [faults.invalid(specPath.child('scopes'), next.spec?.scopes, 'field is immutable')];
}

export function validateQuotaStatusUpdate({ status = {} }: ResourceQuota): FieldError[] {
  return [
    ...validateAmounts(status.hard, statusPath.child('hard')),
    ...validateAmounts(status.used, statusPath.child('used')),
  ];
}

function validateAmounts(list: ResourceList | undefined, path: FieldPath): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, text]) => {
    const at = path.key(name);
    const amount = quantityOf(text);
    const found = validateResourceName(name, at);
    if (!name.includes('/') && !isQuotaResource(name)) {
      found.push(faults.invalid(at, name, 'must be a standard resource for quota'));
    }
    if (amount.sign < 0)
      found.push(faults.invalid(at, canonical(text), 'must be greater than or equal to 0'));
    if (isIntegerResource(name) && !amount.isInteger) {
      found.push(faults.invalid(at, canonical(text), 'must be an integer'));
    }
    return found;
  });
}

/** Scopes are about pods: all that is counted has to be. */
function appliesTo(scope: string, name: string): boolean {
  if (name === 'pods' || !scopeNames.includes(scope)) return true;
  return scope !== 'BestEffort' && compute.includes(name);
}

function misapplied({ hard = {} }: ResourceQuotaSpec, scope: string): string[] {
  return Object.keys(hard).filter((name) => isQuotaResource(name) && !appliesTo(scope, name));
}

function inConflict(scopes: readonly string[]): boolean {
  return conflicts.some((pair) => pair.every((scope) => scopes.includes(scope)));
}

function validateScopes(spec: ResourceQuotaSpec, path: FieldPath): FieldError[] {
  const { scopes = [] } = spec;
  const wrong = (detail: string) => faults.invalid(path, goList(scopes, 'core.ResourceQuotaScope'), detail);
  return [
    ...scopes.flatMap((scope) => [
      ...(scopeNames.includes(scope) ? [] : [wrong('unsupported scope')]),
      ...misapplied(spec, scope).map(() => wrong('unsupported scope applied to resource')),
    ]),
    ...(inConflict(scopes) ? [wrong('conflicting scopes')] : []),
  ];
}

function validateSelector(spec: ResourceQuotaSpec, path: FieldPath): FieldError[] {
  const requirements = spec.scopeSelector?.matchExpressions ?? [];
  const names = requirements.map(({ scopeName }) => scopeName);
  return [
    ...requirements.flatMap((requirement) => validateRequirement(requirement, spec, path)),
    ...(inConflict(names) ? [faults.invalid(path, spec.scopes, 'conflicting scopes')] : []),
  ];
}

function validateRequirement(
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
  spec: ResourceQuotaSpec,
  path: FieldPath,
): FieldError[] {
  const found: FieldError[] = [];
  if (!scopeNames.includes(scopeName)) {
    found.push(faults.invalid(path.child('scopeName'), scopeName, 'unsupported scope'));
  }
  for (const _ of misapplied(spec, scopeName)) {
    found.push(faults.invalid(path, spec.scopeSelector, 'unsupported scope applied to resource'));
  }
  if (withoutValues.includes(scopeName) && operator !== 'Exists') {
    const detail =
      "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    found.push(faults.invalid(path.child('operator'), operator, detail));
  }
  return [...found, ...validateOperator(operator, values, path)];
}

function validateOperator(operator: string, values: readonly string[], path: FieldPath): FieldError[] {
  const at = path.child('values');
  switch (operator) {
    case 'In':
    case 'NotIn': {
      const detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      return values.length > 0 ? [] : [faults.required(at, detail)];
    }
    case 'Exists':
    case 'DoesNotExist': {
      const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      return values.length === 0 ? [] : [faults.invalid(at, values, detail)];
    }
    default:
      return [faults.invalid(path.child('operator'), operator, 'not a valid selector operator')];
  }
}
