// What is to become of an object, given how its owners are. Pure; upstream's attemptToDeleteItem.

import type { KubeObject, Live, OwnerReference } from '../../../shared/machinery/index.ts';

export const foreground = 'foregroundDeletion';
export const orphan = 'orphan';

/** How an owner is: there; gone (or another object under its name); or waiting for its dependents to go first. */
export type OwnerState = 'solid' | 'absent' | 'waiting';

export type GarbagePlan =
  | { act: 'keep' }
  /** Owners that don't count any more are taken out of its references. */
  | { act: 'release'; uids: string[] }
  | {
      act: 'delete';
      policy: 'Background' | 'Foreground' | 'Orphan';
      /** Its dependents wait for each other in a circle: they must not hold it up. */
      unblock: boolean;
    };

export function isBeingDeleted({ metadata }: Live<KubeObject>, finalizer: string): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizer) === true;
}

/** `stateOf`: of each owner reference. `dependents`: objects that name this one as their owner. */
export function planGarbage(
  object: Live<KubeObject>,
  stateOf: (reference: OwnerReference) => OwnerState,
  dependents: readonly Live<KubeObject>[],
): GarbagePlan {
  const references = object.metadata.ownerReferences ?? [];
  if (references.length === 0 || object.metadata.deletionTimestamp) return { act: 'keep' };
  const inState = (state: OwnerState) => references.filter((reference) => stateOf(reference) === state);
  const waiting = inState('waiting');
  if (inState('solid').length > 0) {
    const uids = [...inState('absent'), ...waiting].map(({ uid }) => uid);
    return uids.length > 0 ? { act: 'release', uids } : { act: 'keep' };
  }
  if (waiting.length > 0 && dependents.length > 0) {
    const unblock = dependents.some((dependent) => isBeingDeleted(dependent, foreground));
    return { act: 'delete', policy: 'Foreground', unblock };
  }
  const { finalizers = [] } = object.metadata;
  const policy = finalizers.includes(orphan)
    ? 'Orphan'
    : finalizers.includes(foreground)
      ? 'Foreground'
      : 'Background';
  return { act: 'delete', policy, unblock: false };
}

/** Dependents that an owner in foreground deletion has to wait for. */
export function blocking(
  owner: Live<KubeObject>,
  dependents: readonly Live<KubeObject>[],
): Live<KubeObject>[] {
  return dependents.filter(({ metadata }) =>
    metadata.ownerReferences?.some(
      ({ uid, blockOwnerDeletion }) => uid === owner.metadata.uid && blockOwnerDeletion,
    ),
  );
}
