// What is asked of an object by one of its subresources (a Binding, an Eviction), or of the server (a SubjectAccessReview),
// is admitted as what it is: something new.
// The change of the object that follows is not asked about once more, as upstream.

import type { KubeObject } from '../../../../shared/machinery/index.ts';
import { metaOf } from '../../kind.ts';
import type { ApiRequest } from '../../request.ts';
import type { RegistryParts } from '../registry-parts.ts';

/** Answers the parts for what follows. Throws what admission throws. */
export async function admitAsked(
  parts: RegistryParts,
  request: ApiRequest,
  object: KubeObject,
): Promise<RegistryParts> {
  const { admission } = parts;
  if (request.namespace !== undefined) metaOf(object).namespace ??= request.namespace;
  for (const plugin of admission) await plugin.admit?.(request, object);
  for (const plugin of admission) await plugin.validate?.(request, object);
  return { ...parts, admission: [] };
}
