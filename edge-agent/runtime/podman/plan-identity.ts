// Who a container's first process is, as podman is told: merged from the pod's word and the image's as containerd does. Pure.

import { type AccountFiles, imageUser } from '../image-user.ts';
import type { ContainerSecurity } from '../runtime.ts';

export interface Identity {
  /** `user` or `user:group`; absent: as the image says. */
  user?: string;
  /** Beside those that podman takes from the image: it does where `user` has no group. */
  groups: string[];
}

/** podman's own way of merging is not the one that is asked for: the image's files have to be known. */
export function needsAccounts({ runAsGroup, strictGroups }: ContainerSecurity): boolean {
  return strictGroups ? runAsGroup === undefined : runAsGroup !== undefined;
}

/** `imageSays`: its USER. Throws RuntimeFailure(CreateContainerError) for a user that the image does not know. */
export function planIdentity(
  security: ContainerSecurity,
  imageSays: string,
  accounts?: AccountFiles,
): Identity {
  const { runAsUser, runAsGroup, strictGroups, supplementalGroups = [] } = security;
  const user = String(runAsUser ?? imageSays);
  const groups = supplementalGroups.map(String);
  if (accounts) {
    // Its group counts for itself; the groups of its user are those of the user alone.
    const known = imageUser(strictGroups ? user : (user.split(':')[0] ?? ''), accounts);
    const merged = strictGroups ? groups : [...new Set([...known.groups.map(String), ...groups])];
    return { user: `${known.uid}:${runAsGroup ?? known.gid}`, groups: merged };
  }
  if (runAsGroup !== undefined) return { user: `${user.split(':')[0] || '0'}:${runAsGroup}`, groups };
  return { ...(runAsUser !== undefined && { user }), groups };
}
