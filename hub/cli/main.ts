// `kelp`: argv and signals only.

import { Command, CommanderError } from 'commander';
import { UserError } from '../../shared/base/index.ts';
import { ApiError } from '../../shared/machinery/index.ts';
import type { Terminal } from './command.ts';
import { commands } from './commands.ts';

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
process.once('SIGTERM', () => interrupt.abort());
// A reader that has gone (`kelp get pods | head -1`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const terminal: Terminal = {
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  interrupted: interrupt.signal,
};

const program = new Command('kelp')
  .description('Kelp: a Kubernetes-style edge orchestrator that speaks MQTT.')
  .addHelpText(
    'after',
    `
Programs:
  hub                           run one hub in the foreground (kelp hub --help)
  agent                         run one agent in the foreground (kelp agent --help)

The cluster is found by --kubeconfig, $KUBECONFIG, or $KELP_HOME (default ~/.kelp), in this order.`,
  )
  .showHelpAfterError("(see 'kelp --help')")
  .exitOverride()
  .enablePositionalOptions();
for (const command of commands) command.describe(program, terminal);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = tell(error);
}

/** One line for what a person can mend; answers the exit code. */
function tell(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  if (interrupt.signal.aborted && error === interrupt.signal.reason) return 130;
  if (error instanceof ApiError) {
    terminal.err.write(`Error from server (${error.reason}): ${error.message}\n`);
    return 1;
  }
  const text =
    error instanceof UserError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  terminal.err.write(`error: ${text}\n`);
  return 1;
}
