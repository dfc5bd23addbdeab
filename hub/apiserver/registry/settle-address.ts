// Name and namespace are said twice, by the path and by the object: they must agree.

import { ApiError, type KubeObject } from '../../../shared/machinery/index.ts';
import { type Kind, metaOf } from '../kind.ts';
import type { ApiRequest } from '../request.ts';

/** The object must be the one that the path names. */
export function settleAddress(
  sent: KubeObject,
  { row }: Kind,
  { name = '', namespace = '' }: ApiRequest,
): void {
  const meta = metaOf(sent);
  if (!meta.name) {
    const message = `the name of the object (${name} based on URL) was undeterminable: name must be provided`;
    throw new ApiError('BadRequest', message);
  }
  if (meta.name !== name) {
    const message = `the name of the object (${meta.name}) does not match the name on the URL (${name})`;
    throw new ApiError('BadRequest', message);
  }
  if (!row.namespaced) delete meta.namespace;
  else if (!meta.namespace) meta.namespace = namespace;
  else if (meta.namespace !== namespace) {
    const message = `the namespace of the object (${meta.namespace}) does not match the namespace on the request (${namespace})`;
    throw new ApiError('BadRequest', message);
  }
}
