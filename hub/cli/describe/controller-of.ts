// Who controls an object.

import { listAt, textAt, valueAt } from '../json.ts';

/** `ReplicaSet/web-5d4f`; empty: nobody. */
export function controllerOf(object: unknown): string {
  const owner = listAt(object, 'metadata', 'ownerReferences').find(
    (entry) => valueAt(entry, 'controller') === true,
  );
  return owner === undefined ? '' : `${textAt(owner, 'kind')}/${textAt(owner, 'name')}`;
}
