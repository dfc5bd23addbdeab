// `kelp`: argv and signals only.

import { Command, CommanderError, Help } from 'commander';
import { normaliseArguments } from './argv.ts';
import type { Terminal } from './command.ts';
import { commands } from './commands.ts';
import { ExitCode, failureText } from './failures.ts';

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
  // One line, suggestion and all. The commands below inherit it.
  .configureOutput({
    outputError: (text, write) => write(`${text.trimEnd().replaceAll('\n', ' ')} (see 'kelp --help')\n`),
  })
  .configureHelp({
    // An empty default says nothing.
    optionDescription: (option) =>
      option.defaultValue === '' ? option.description : new Help().optionDescription(option),
  })
  .exitOverride()
  .enablePositionalOptions();
for (const command of commands) command.describe(program, terminal);

try {
  await program.parseAsync(normaliseArguments(program, process.argv.slice(2)), { from: 'user' });
} catch (error) {
  process.exitCode = tell(error);
}

/** One line for what a person can mend; answers the exit code. */
function tell(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  if (error instanceof ExitCode) return error.code;
  // Whatever was under way ends with an error of its own.
  if (interrupt.signal.aborted) return 130;
  terminal.err.write(failureText(error));
  return 1;
}
