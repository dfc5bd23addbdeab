// What the store itself sets on an object: its resourceVersion.

import { deepFreeze, type KubeObject, type Live } from '../../shared/machinery/index.ts';

/**
 * True for an object that a commit has stamped. The rest of what a live object has (name, uid, creationTimestamp) is
 * the API server's to fill in before it commits; the store keeps what it is given.
 */
function isStamped(object: KubeObject): object is Live {
  return typeof object.metadata?.resourceVersion === 'string';
}

/** The object with that resourceVersion, deeply frozen. What it shares with `object` is frozen too. */
export function stamped(object: KubeObject, revision: number): Live {
  const copy = { ...object };
  const metadata = { ...object.metadata };
  metadata.resourceVersion = String(revision);
  copy.metadata = metadata;
  return asLive(copy);
}

/** Freezes an object that carries its resourceVersion already, e.g. one read from the file. */
export function asLive(object: KubeObject): Live {
  if (!isStamped(object)) throw new TypeError('an object without metadata.resourceVersion');
  return deepFreeze(object);
}

/** The revision of the commit that wrote the object; 0 for none. */
export function revisionOf(object: Live | undefined): number {
  return object ? Number(object.metadata.resourceVersion) : 0;
}
