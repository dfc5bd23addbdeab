// What one word of `kelp` is. The list of them stands in commands.ts; the work behind each is loaded when it is called.

import type { Writable } from 'node:stream';
import type { Command } from 'commander';

export interface CliCommand {
  /** Describes arguments and flags, and sets the action. Must be cheap: it runs for `--help` too. */
  describe(program: Command, terminal: Terminal): void;
}

/** What a command may use of the world. */
export interface Terminal {
  out: Writable;
  err: Writable;
  env: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first Ctrl-C. */
  interrupted: AbortSignal;
}
