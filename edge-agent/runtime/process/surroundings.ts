// What a container gets of the board: a user, and an environment that is all its own.

import { hostname, userInfo } from 'node:os';
import { type ContainerSpec, RuntimeFailure } from '../runtime.ts';
import type { ContainerMeta } from './container-folder.ts';
import { defaultPath } from './find-command.ts';
import { containerMarker } from './process-table.ts';
import type { Tools } from './shim.ts';

/** Undefined: the agent's own. Throws RuntimeFailure(CreateContainerConfigError) naming the field. */
export function userOf({ securityContext }: ContainerSpec, tools: Tools): ContainerMeta['user'] {
  const { runAsUser, runAsGroup } = securityContext ?? {};
  if (runAsUser === undefined && runAsGroup === undefined) return undefined;
  const own = { uid: userInfo().uid, gid: userInfo().gid };
  const wanted = { uid: runAsUser ?? own.uid, gid: runAsGroup ?? (runAsUser === undefined ? own.gid : 0) };
  if (wanted.uid === own.uid && (wanted.gid === own.gid || own.uid !== 0)) return undefined;
  const field = `securityContext.${runAsUser === undefined ? 'runAsGroup' : 'runAsUser'}: ${runAsUser ?? runAsGroup}`;
  if (own.uid !== 0)
    throw new RuntimeFailure('CreateContainerConfigError', `${field}: needs an agent that runs as root`);
  if (!tools.setpriv)
    throw new RuntimeFailure('CreateContainerConfigError', `${field}: setpriv is not installed`);
  return wanted;
}

/** Nothing of the agent's environment; the marker comes last, so that no container can pass for another. */
export function environmentOf(spec: ContainerSpec, meta: ContainerMeta): Record<string, string> {
  const given = spec.env.map(({ name, value }) => [name, value] as const);
  return {
    PATH: defaultPath,
    HOME: meta.user && meta.user.uid !== 0 ? '/' : userInfo().homedir,
    HOSTNAME: hostname(),
    ...Object.fromEntries(given),
    [containerMarker]: meta.id,
  };
}
