// Who owns an object, and who controls it: at most one owner does.

import type { KubeObject, OwnerReference } from './object.ts';

export interface GroupVersionKind {
  /** `''` for the core group. */
  group: string;
  version: string;
  kind: string;
}

/** `v1`, `apps/v1`. */
export function apiVersionOf({ group, version }: Pick<GroupVersionKind, 'group' | 'version'>): string {
  return group ? `${group}/${version}` : version;
}

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((reference) => reference.controller);
}

/** By uid: a namesake made later is not the controller. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  const uid = owner.metadata?.uid;
  return uid !== undefined && controllerOf(object)?.uid === uid;
}

/** The reference that a controller's owner leaves in what it creates. The owner must be a live object. */
export function newControllerRef(
  owner: { metadata: { name: string; uid: string } },
  kind: GroupVersionKind,
): OwnerReference {
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
