// Keys of the store are spelled like the ends of topics.

import type { ObjectAddress } from '../../shared/bus/index.ts';
import type { Key } from '../store/index.ts';

/** `/core/pods/default/web-0` → its parts; undefined: no key of an object. */
export function addressOfKey(key: Key): ObjectAddress | undefined {
  const [root, group, resource, namespace, name, ...rest] = key.split('/');
  if (root !== '' || !group || !resource || !namespace || !name || rest.length > 0) return undefined;
  return {
    group: group === 'core' ? '' : group,
    resource,
    ...(namespace !== '_' && { namespace }),
    name,
  };
}

/** The prefix of a resource's keys, in one namespace where it is given. */
export function keyPrefix({ group, resource }: { group: string; resource: string }, namespace?: string): Key {
  const ofResource = `/${group === '' ? 'core' : group}/${resource}/`;
  return namespace ? `${ofResource}${namespace}/` : ofResource;
}
