// Whether a write is one that a webhook or a policy wants to see: rules and selectors.

import { namespaces, type Resource } from '../../../../shared/api/index.ts';
import {
  type KubeObject,
  type LabelSelector,
  type Live,
  selectorFrom,
} from '../../../../shared/machinery/index.ts';
import type { ObjectReader } from '../../object-reader.ts';
import { type Attributes, isOfNamespace, keyOf } from './admission-attributes.ts';

export interface Rule {
  apiGroups?: string[];
  apiVersions?: string[];
  operations?: string[];
  resources?: string[];
  resourceNames?: string[];
  scope?: string;
}

export interface Selectors {
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
}

/** As upstream's rules.Matcher: whether the write, taken as one of `row`, is meant. */
export function matchesRule(rule: Rule, attributes: Attributes, row: Resource): boolean {
  const { operation, request } = attributes;
  const { group, version, namespaced, resource } = row;
  return (
    has(rule.apiGroups, group) &&
    has(rule.apiVersions, version) &&
    has(rule.operations, operation) &&
    inScope(rule.scope, namespaced && resource !== 'namespaces') &&
    hasResource(rule.resources ?? [], resource, request.subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(keyOf(attributes).name))
  );
}

function has(list: readonly string[] = [], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

function inScope(scope: string | undefined, namespaced: boolean): boolean {
  if (scope === 'Namespaced') return namespaced;
  return scope !== 'Cluster' || !namespaced;
}

function hasResource(resources: readonly string[], resource: string, subresource = ''): boolean {
  return resources.some((each) => {
    const [main = '', sub = ''] = each.split('/');
    if (main !== '*' && main !== resource) return false;
    return sub === subresource || sub === '*';
  });
}

/** Objects of no namespace are in every one. `namespace` answers the labels' bearer where there is one. */
export async function matchesSelectors(
  { namespaceSelector, objectSelector }: Selectors,
  attributes: Attributes,
  namespaceOf: () => Promise<KubeObject | undefined>,
): Promise<boolean> {
  const { object, old } = attributes;
  const wanted = selectorFrom(objectSelector ?? {});
  if (!wanted.empty && ![object, old].some((each) => each && wanted.matches(each.metadata?.labels ?? {})))
    return false;
  const chosen = selectorFrom(namespaceSelector ?? {});
  if (chosen.empty || keyOf(attributes).namespace === undefined) return true;
  return chosen.matches((await namespaceOf())?.metadata?.labels ?? {});
}

/** The namespace of a write: itself where it is one. Read at most once. */
export function namespaceReader(
  reader: ObjectReader,
  attributes: Attributes,
): () => Promise<KubeObject | undefined> {
  let found: Promise<Live | undefined> | undefined;
  return async () => {
    const { object, old, request } = attributes;
    const { namespace } = keyOf(attributes);
    if (namespace === undefined) return undefined;
    if (isOfNamespace(request)) return object ?? old;
    found ??= reader.get(namespaces, { name: namespace });
    return found;
  };
}

/** What may not be asked about itself, or an administrator could lock everybody out. */
export function isExempt({ request }: Attributes): boolean {
  const { group, resource } = request.resource;
  return group === 'admissionregistration.k8s.io' && /^(mutating|validating)/.test(resource);
}
