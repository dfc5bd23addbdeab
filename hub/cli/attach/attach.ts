// Joins a running container, as kubectl does; the container runs on when this ends.

import { textAt, valueAt } from '../json.ts';
import type { Session } from '../session.ts';
import { containerFor, podFor } from '../streams/choose-container.ts';
import { passOn } from '../streams/exit-code.ts';
import { talk } from '../streams/talk.ts';

export interface AttachFlags {
  container: string;
  stdin?: boolean;
  tty?: boolean;
  quiet?: boolean;
}

export async function attach(
  what: string,
  { container: asked, stdin = false, tty = false, quiet = false }: AttachFlags,
  session: Session,
): Promise<void> {
  const tell = (line: string) => {
    if (!quiet) session.tell(line);
  };
  const { pod, path } = await podFor(what, session);
  const container = containerFor(pod, asked, tell);
  const name = textAt(container, 'name');
  const hasTerminal = valueAt(container, 'tty') === true;
  if (tty && !hasTerminal) tell(`error: Unable to use a TTY - container ${name} did not allocate one`);
  if (stdin && hasTerminal) tell("If you don't see a command prompt, try pressing enter.");
  const withTerminal = tty && hasTerminal && process.stdin.isTTY === true;
  const status = await talk(session, {
    path: `${path}/attach`,
    container: name,
    command: [],
    stdin,
    tty: withTerminal,
  });
  passOn(status, (line) => session.tell(line));
}
