// Some writes have to see what all others have done: from its steps to its commit such a write has a turn of its own.

import type { ApiRequest } from '../request.ts';
import type { RegistryParts } from './registry-parts.ts';

/** Does the whole of a write: at once, or when those before it are done that a plugin or the addresses want apart. */
export function inTurn<R>(parts: RegistryParts, request: ApiRequest, write: () => Promise<R>): Promise<R> {
  const turn = () => parts.services.during(request, write);
  return parts.admission.reduceRight<() => Promise<R>>(
    (inner, plugin) => () => plugin.during?.(request, inner) ?? inner(),
    turn,
  )();
}
