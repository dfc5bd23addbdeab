// How a command gets into a container's surroundings: its mounts, environment, user and working directory.

import type { Cgroup } from '../cgroup/index.ts';
import { RuntimeFailure } from '../runtime.ts';
import type { ContainerMeta } from './container-folder.ts';
import { commandFault, defaultPath } from './find-command.ts';
import { environmentOf, type ProcessId } from './process-table.ts';
import { asUser, type Tools } from './shim.ts';

export interface Entering {
  meta: ContainerMeta;
  /** The container's main process: what is not kept about it is read from it. */
  main: ProcessId;
  tools: Tools;
  cgroup: Cgroup | undefined;
  command: readonly string[];
}

/** The words to put before the command, and its environment. Throws RuntimeFailure(ExecError) in runc's words. */
export function wayInto({ meta, main, tools, cgroup, command }: Entering): {
  env: Record<string, string>;
  prefix: string[];
} {
  const env = environmentOf(main.pid);
  const { workingDir } = meta;
  const toBoardPath = (path: string) => (meta.ownMounts ? `/proc/${main.pid}/root${path}` : path);
  const fault = commandFault(command[0] ?? '', { path: env.PATH ?? defaultPath, workingDir, toBoardPath });
  if (fault) throw new RuntimeFailure('ExecError', `failed to exec in container: ${fault}`);
  const enter = meta.ownMounts ? [tools.nsenter ?? 'nsenter', `--target=${main.pid}`, '--mount', '--'] : [];
  const change = ['/bin/sh', '-c', 'cd -- "$1" && shift && exec "$@"', 'kelp-exec', workingDir];
  return { env, prefix: [...throughDoors(cgroup), ...enter, ...change, ...asUser(tools, meta.user)] };
}

function throughDoors(cgroup: Cgroup | undefined): string[] {
  if (!cgroup) return [];
  const enter = 'while [ "$1" != -- ]; do echo 0 >"$1"; shift; done 2>/dev/null; shift; exec "$@"';
  return ['/bin/sh', '-c', enter, 'kelp-enter', ...cgroup.doors, '--'];
}
