// How a command gets into a container's surroundings: its mounts, environment, user and working directory.

import { existsSync } from 'node:fs';
import type { Cgroup } from '../cgroup/index.ts';
import { resolveInside } from '../images/index.ts';
import { RuntimeFailure } from '../runtime.ts';
import type { ContainerMeta } from './container-folder.ts';
import { commandFault, defaultPath } from './find-command.ts';
import { isAlive, type ProcessId } from './process-table.ts';
import { entryWords } from './rights.ts';
import type { Tools } from './tools.ts';

export interface Entering {
  meta: ContainerMeta;
  main: ProcessId;
  /** Of its main process. */
  env: Record<string, string>;
  tools: Tools;
  cgroup: Cgroup | undefined;
  command: readonly string[];
}

export interface WayIn {
  env: Record<string, string>;
  /** The words that lead into its namespaces, and those that take its rights. */
  outer: string[];
  entry: string[];
}

/** Throws RuntimeFailure(ExecError) in runc's words. */
export function wayInto({ meta, main, env, tools, cgroup, command }: Entering): WayIn {
  const { workingDir, root } = meta;
  const fault = commandFault(command[0] ?? '', {
    ...{ path: env.PATH ?? defaultPath, workingDir },
    toBoardPath: (path) => seenBy(main, meta, path),
  });
  if (fault) {
    const why = hasFiles(main) ? fault : 'container is not running';
    throw new RuntimeFailure('ExecError', `failed to exec in container: ${why}`);
  }
  const entry = entryWords(tools, meta);
  const change = ['/bin/sh', '-c', 'cd -- "$1" && shift && exec "$@"', 'kelp-exec', workingDir];
  const into = root === undefined ? change : [];
  return { env, outer: [...throughDoors(cgroup), ...namespacesOf(main, meta, tools), ...into], entry };
}

/** Where the board finds what the container sees at `path`. */
function seenBy(main: ProcessId, { ownMounts, root }: ContainerMeta, path: string): string {
  if (!ownMounts) return path;
  const files = `/proc/${main.pid}/root`;
  return files + (root === undefined ? path : resolveInside(files, path));
}

/** One that is about to end, or has ended, finds no command any more. */
const hasFiles = (main: ProcessId) => isAlive(main) && existsSync(`/proc/${main.pid}/root`);

function namespacesOf(main: ProcessId, { ownMounts, network }: ContainerMeta, tools: Tools): string[] {
  if (!ownMounts) return [];
  return [
    tools.nsenter ?? 'nsenter',
    `--target=${main.pid}`,
    '--mount',
    '--uts',
    ...(network === undefined ? [] : ['--net']),
    '--',
  ];
}

/** The command with all words before it. A terminal is made outside of a root that may have nothing to make it with. */
export function wordsInto(
  { outer, entry }: Pick<WayIn, 'outer' | 'entry'>,
  { root }: ContainerMeta,
  command: readonly string[],
  terminal: (words: readonly string[]) => readonly string[] = (words) => words,
): string[] {
  if (root !== undefined) return [...outer, ...terminal([...entry, ...command])];
  return [...outer, ...entry, ...terminal(command)];
}

function throughDoors(cgroup: Cgroup | undefined): string[] {
  if (!cgroup) return [];
  const enter = 'while [ "$1" != -- ]; do echo 0 >"$1"; shift; done 2>/dev/null; shift; exec "$@"';
  return ['/bin/sh', '-c', enter, 'kelp-enter', ...cgroup.doors, '--'];
}
