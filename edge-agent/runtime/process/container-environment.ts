// A container's environment: all its own, nothing of the agent's.

import { hostname, userInfo } from 'node:os';
import type { ContainerSpec } from '../runtime.ts';
import type { ContainerMeta } from './container-folder.ts';
import { defaultPath } from './find-command.ts';
import { containerMarker } from './process-table.ts';

/** Nothing of the agent's environment; the marker comes last, so that no container can pass for another. */
export function environmentOf(
  spec: ContainerSpec,
  meta: ContainerMeta,
  ofImage: { env: readonly string[]; home: string } | undefined,
): Record<string, string> {
  const given = spec.env.map(({ name, value }) => [name, value] as const);
  const { uid } = meta.rights.user ?? userInfo();
  return {
    PATH: defaultPath,
    HOME: ofImage?.home ?? (uid === userInfo().uid ? userInfo().homedir : '/'),
    HOSTNAME: meta.ownMounts && spec.hostname ? spec.hostname : hostname(),
    ...Object.fromEntries((ofImage?.env ?? []).map(pairOf)),
    ...Object.fromEntries(given),
    [containerMarker]: meta.id,
  };
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
