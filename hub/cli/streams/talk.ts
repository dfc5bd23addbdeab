// exec and attach: joins this program's input, output and terminal with a command in a container.

import type { Status } from '../../../shared/machinery/index.ts';
import type { Session } from '../session.ts';
import { followSize, takeTerminal } from './own-terminal.ts';
import { runRemoteCommand } from './remote-command.ts';

export interface Talk {
  /** The subresource's path. */
  path: string;
  container: string;
  command: readonly string[];
  stdin: boolean;
  tty: boolean;
}

export async function talk(
  session: Session,
  { path, container, command, stdin, tty }: Talk,
): Promise<Status> {
  const { terminal, api } = session;
  const query = new URLSearchParams({ container, stdout: 'true' });
  for (const word of command) query.append('command', word);
  if (stdin) query.set('stdin', 'true');
  if (tty) query.set('tty', 'true');
  else query.set('stderr', 'true');
  const giveBack = tty && stdin ? takeTerminal(process.stdin) : undefined;
  try {
    return await runRemoteCommand(api.access, {
      path: `${path}?${query}`,
      ...(stdin && { stdin: process.stdin }),
      stdout: terminal.out,
      ...(!tty && { stderr: terminal.err }),
      ...(tty && { sizes: (changed) => followSize(terminal.out, changed) }),
      signal: terminal.interrupted,
    });
  } finally {
    giveBack?.();
  }
}
