// nfs: a folder of a server, mounted for each pod that has it.

import { type VolumeContext, VolumeFault, type VolumePlace, type VolumeType } from './volume-type.ts';

interface NfsSource {
  server: string;
  path: string;
  readOnly?: boolean;
}

export const nfs: VolumeType = {
  fields: ['nfs'],
  async make({ nfs: source }, folder, context) {
    return mountNfs(source ?? { server: '', path: '' }, [], folder, context);
  },
};

/** Throws VolumeFault, MountFault. */
export async function mountNfs(
  { server, path, readOnly = false }: NfsSource,
  options: readonly string[],
  folder: string,
  { mounts }: VolumeContext,
): Promise<VolumePlace> {
  if (!(await mounts.isMounted(folder))) {
    if (!mounts.allowed) throw new VolumeFault('nfs needs an agent that runs as root: run the agent as root');
    await mounts.makePoint(folder);
    const host = server.includes(':') ? `[${server}]` : server;
    const all = [...(readOnly ? ['ro'] : []), ...options];
    await mounts.mount({ type: 'nfs', source: `${host}:${path}`, target: folder, options: all });
  }
  return { path: folder, readOnly };
}
