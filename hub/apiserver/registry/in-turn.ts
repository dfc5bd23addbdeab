// The turn of a write that has to see what all others have done (turns.ts).

import { services } from '../../../shared/api/index.ts';
import type { Key } from '../../store/index.ts';
import { prefixOf } from '../kind.ts';
import type { ApiRequest } from '../request.ts';
import type { RegistryParts } from './registry-parts.ts';

/** Does the whole of a write, from its steps to its commit, with the parts that it has to use. */
export async function inTurn<R>(
  parts: RegistryParts,
  request: ApiRequest,
  write: (parts: RegistryParts) => Promise<R>,
): Promise<R> {
  const prefixes = await prefixesOf(parts, request);
  return parts.turns.take(prefixes, (guards) =>
    write(guards.length === 0 ? parts : { ...parts, guards: [...(parts.guards ?? []), ...guards] }),
  );
}

/** A Service's addresses are its alone in the whole cluster; what plugins count, they say. */
async function prefixesOf(
  { admission, services: addresses }: RegistryParts,
  request: ApiRequest,
): Promise<Key[]> {
  const found: Key[] = [];
  const { group, resource } = request.resource;
  if (addresses.given && group === services.group && resource === services.resource)
    found.push(prefixOf(services));
  for (const plugin of admission) {
    if (!plugin.counts) continue;
    const prefix = await plugin.counts(request);
    if (prefix !== undefined && !found.includes(prefix)) found.push(prefix);
  }
  return found;
}
