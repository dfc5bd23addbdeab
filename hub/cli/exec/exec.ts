// Runs a command in a container, as kubectl does; its exit code becomes that of `kelp`.

import { textAt } from '../json.ts';
import type { Session } from '../session.ts';
import { containerFor, podFor } from '../streams/choose-container.ts';
import { passOn } from '../streams/exit-code.ts';
import { talk } from '../streams/talk.ts';

export interface ExecFlags {
  container: string;
  stdin?: boolean;
  tty?: boolean;
  quiet?: boolean;
}

/** Throws ExitCode with the command's. */
export async function exec(
  what: string,
  command: readonly string[],
  { container, stdin = false, tty = false, quiet = false }: ExecFlags,
  session: Session,
): Promise<void> {
  const tell = (line: string) => {
    if (!quiet) session.tell(line);
  };
  const { pod, path } = await podFor(what, session);
  const name = textAt(containerFor(pod, container, tell), 'name');
  const withTerminal = tty && hasTerminal(stdin, tell);
  const status = await talk(session, {
    path: `${path}/exec`,
    container: name,
    command,
    stdin,
    tty: withTerminal,
  });
  passOn(status, (line) => session.tell(line));
}

/** A terminal there needs one here. */
function hasTerminal(stdin: boolean, tell: (line: string) => void): boolean {
  if (!stdin || process.stdin.isTTY) return true;
  tell('Unable to use a TTY - input is not a terminal or the right kind of file');
  return false;
}
