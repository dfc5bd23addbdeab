// The parameters of a policy's binding: objects of any resource, built-in or custom.

import {
  customresourcedefinitions,
  type Resource,
  resources,
  type ValidatingAdmissionPolicy,
  type ValidatingAdmissionPolicyBinding,
} from '../../../../shared/api/index.ts';
import { type KubeObject, selectorFrom } from '../../../../shared/machinery/index.ts';
import type { ObjectReader } from '../../object-reader.ts';
import { type Attributes, keyOf } from './admission-attributes.ts';

type ParamKind = NonNullable<NonNullable<ValidatingAdmissionPolicy['spec']>['paramKind']>;
type ParamRef = NonNullable<NonNullable<ValidatingAdmissionPolicyBinding['spec']>['paramRef']>;

type Place = Pick<Resource, 'group' | 'resource' | 'storedAs' | 'namespaced'>;

/** Empty: the binding says nothing about this write. Throws an Error in upstream's words. */
export async function paramsOf(
  paramKind: ParamKind | undefined,
  paramRef: ParamRef | undefined,
  attributes: Attributes,
  reader: ObjectReader,
): Promise<readonly (KubeObject | undefined)[]> {
  if (!paramKind || !paramRef) return [undefined];
  const row = await rowOf(paramKind, reader);
  const namespace = namespaceFor(row, paramRef, attributes);
  const found = await reader.all(row, namespace);
  const { name, selector, parameterNotFoundAction } = paramRef;
  const wanted = selectorFrom(selector ?? {});
  const chosen = found.filter(({ metadata }) =>
    name ? metadata.name === name : wanted.matches(metadata.labels ?? {}),
  );
  if (chosen.length === 0 && parameterNotFoundAction !== 'Allow')
    throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
  return chosen;
}

async function rowOf({ apiVersion = '', kind = '' }: ParamKind, reader: ObjectReader): Promise<Place> {
  const at = apiVersion.indexOf('/');
  const [group, version] = [apiVersion.slice(0, Math.max(at, 0)), apiVersion.slice(at + 1)];
  const known = resources.find((row) => row.group === group && row.version === version && row.kind === kind);
  if (known) return known;
  for (const { spec } of await reader.list(customresourcedefinitions)) {
    if (spec.group !== group || spec.names.kind !== kind) continue;
    if (!spec.versions.some((each) => each.served && each.name === version)) continue;
    const { plural } = spec.names;
    return { group, resource: plural, namespaced: spec.scope === 'Namespaced' };
  }
  throw new Error(`failed to find resource referenced by paramKind: '${apiVersion}, Kind=${kind}'`);
}

function namespaceFor(row: Place, { namespace }: ParamRef, attributes: Attributes): string | undefined {
  if (!row.namespaced) {
    if (namespace)
      throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
    return undefined;
  }
  const used = namespace || keyOf(attributes).namespace;
  if (!used)
    throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  return used;
}
