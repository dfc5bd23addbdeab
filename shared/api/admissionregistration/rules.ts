// Which requests a webhook or a policy is about.

import { type FieldError, type FieldPath, faults, goList } from '../../machinery/index.ts';
import { oneOf } from '../core/pod-validation/rules.ts';

/** As upstream's RuleWithOperations, of which kubernetes-types knows half. */
export interface Rule {
  operations?: string[];
  apiGroups?: string[];
  apiVersions?: string[];
  resources?: string[];
  scope?: string;
}

/** Sorted, as messages show them. */
const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];
const operationType = 'admissionregistration.OperationType';

export function defaultRule(rule: Rule): void {
  rule.scope ??= '*';
}

export function validateRule(rule: Rule, path: FieldPath): FieldError[] {
  const { apiVersions = [], scope } = rule;
  const versions = path.child('apiVersions');
  return [
    ...validateWildcard(rule.operations ?? [], 'operations', path.child('operations'), operationType),
    ...(rule.operations ?? []).flatMap((operation, index) =>
      oneOf(operation, operations, path.child('operations').index(index)),
    ),
    ...validateWildcard(rule.apiGroups ?? [], 'API groups', path.child('apiGroups')),
    ...validateWildcard(apiVersions, 'API versions', versions),
    ...apiVersions.flatMap((version, index) => (version ? [] : [faults.required(versions.index(index))])),
    ...validateResources(rule.resources ?? [], path.child('resources')),
    ...(scope === undefined ? [] : oneOf(scope, scopes, path.child('scope'))),
  ];
}

/** There is something; `*` stands alone. */
function validateWildcard(
  list: readonly string[],
  what: string,
  path: FieldPath,
  type = 'string',
): FieldError[] {
  if (list.length === 0) return [faults.required(path)];
  if (list.length === 1 || !list.includes('*')) return [];
  return [faults.invalid(path, goList(list, type), `if '*' is present, must not specify other ${what}`)];
}

// `pods`, `pods/log`, or a star for either part (`*` alone leaves out subresources): none that an earlier one covers.
function validateResources(resources: readonly string[], path: FieldPath): FieldError[] {
  if (resources.length === 0) return [faults.required(path)];
  const found = resources.flatMap((resource, index) => {
    const at = path.index(index);
    if (!resource) return [faults.required(at)];
    const [name, subresource] = splitOnce(resource);
    if (subresource === undefined) return [];
    const earlier = resources.slice(0, index);
    return [`${name}/*`, `*/${subresource}`]
      .filter((cover) => earlier.includes(cover))
      .map((cover) => faults.invalid(at, resource, `if '${cover}' is present, must not specify ${resource}`));
  });
  if (resources.length > 1 && resources.includes('*/*'))
    found.push(faults.invalid(path, resources, "if '*/*' is present, must not specify other resources"));
  if (resources.includes('*') && resources.some((each) => each !== '*' && !each.includes('/'))) {
    const detail = "if '*' is present, must not specify other resources without subresources";
    found.push(faults.invalid(path, resources, detail));
  }
  return found;
}

function splitOnce(resource: string): [string, string | undefined] {
  const slash = resource.indexOf('/');
  return slash < 0 ? [resource, undefined] : [resource.slice(0, slash), resource.slice(slash + 1)];
}
