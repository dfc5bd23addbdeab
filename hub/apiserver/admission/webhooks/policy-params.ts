// The parameters of a policy's binding: objects of any resource, built-in or custom.

import type {
  Resource,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../../../shared/api/index.ts';
import { type KubeObject, selectorFrom } from '../../../../shared/machinery/index.ts';
import type { ObjectReader } from '../../object-reader.ts';
import { allShown } from '../../registry/versions.ts';
import type { ResourceIndex } from '../../resource-index.ts';
import { type Attributes, keyOf } from './admission-attributes.ts';

type ParamKind = NonNullable<NonNullable<ValidatingAdmissionPolicy['spec']>['paramKind']>;
type ParamRef = NonNullable<NonNullable<ValidatingAdmissionPolicyBinding['spec']>['paramRef']>;

export interface ParamSource {
  reader: ObjectReader;
  index: ResourceIndex;
}

/** Empty: the binding says nothing about this write. Throws an Error in upstream's words. */
export async function paramsOf(
  paramKind: ParamKind | undefined,
  paramRef: ParamRef | undefined,
  attributes: Attributes,
  { reader, index }: ParamSource,
): Promise<readonly (KubeObject | undefined)[]> {
  if (!paramKind || !paramRef) return [undefined];
  const row = rowOf(paramKind, index);
  const namespace = namespaceFor(row, paramRef, attributes);
  const { name, selector, parameterNotFoundAction } = paramRef;
  const wanted = selectorFrom(selector ?? {});
  const chosen = (await reader.all(row, namespace)).filter(({ metadata }) =>
    name ? metadata.name === name : wanted.matches(metadata.labels ?? {}),
  );
  if (chosen.length === 0 && parameterNotFoundAction !== 'Allow')
    throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
  return allShown({ row, strategy: await index.strategyOf(row) }, chosen);
}

function rowOf({ apiVersion = '', kind = '' }: ParamKind, index: ResourceIndex): Resource {
  const at = apiVersion.indexOf('/');
  const [group, version] = [apiVersion.slice(0, Math.max(at, 0)), apiVersion.slice(at + 1)];
  const known = index.findKind(group, version, kind);
  if (known && !known.virtual) return known;
  throw new Error(`failed to find resource referenced by paramKind: '${apiVersion}, Kind=${kind}'`);
}

function namespaceFor(row: Resource, { namespace }: ParamRef, attributes: Attributes): string | undefined {
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
