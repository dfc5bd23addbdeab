// Looks a command up before it is started, so that a wrong one is said in the words of container runtimes.

import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { RuntimeFailure } from '../runtime.ts';

export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Where the board keeps what the container sees at `path`. */
export type ToBoardPath = (path: string) => string;

type Finding = 'ok' | 'missing' | 'denied';

function look(path: string): Finding {
  try {
    if (statSync(path).isDirectory()) return 'denied';
    accessSync(path, constants.X_OK);
    return 'ok';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'denied' : 'missing';
  }
}

/** What is wrong with the command, as runc says it; undefined when it can be started. */
export function commandFault(
  command: string,
  { path, workingDir, toBoardPath }: { path: string; workingDir: string; toBoardPath: ToBoardPath },
): string | undefined {
  const quoted = JSON.stringify(command);
  if (command.includes('/')) {
    const finding = look(toBoardPath(isAbsolute(command) ? command : join(workingDir, command)));
    if (finding === 'missing') return `exec: ${quoted}: stat ${command}: no such file or directory: unknown`;
    return finding === 'denied' ? `exec: ${quoted}: permission denied: unknown` : undefined;
  }
  const findings = path.split(':').map((folder) => look(toBoardPath(join(folder || workingDir, command))));
  if (command !== '' && findings.includes('ok')) return undefined;
  if (command !== '' && findings.includes('denied')) return `exec: ${quoted}: permission denied: unknown`;
  return `exec: ${quoted}: executable file not found in $PATH: unknown`;
}

/** Finds a tool of the board; undefined when there is none. */
export function findTool(name: string): string | undefined {
  return defaultPath
    .split(':')
    .map((folder) => join(folder, name))
    .find((path) => look(path) === 'ok');
}

/** Throws RunContainerError for a command that cannot be started. */
export function checkCommand(command: string, where: Parameters<typeof commandFault>[1]): void {
  const fault = commandFault(command, where);
  if (fault) throw new RuntimeFailure('RunContainerError', `unable to start container process: ${fault}`);
}
