// What `kelp` does with its words: finds the command and runs it. Of the world it knows only the terminal.

import { Command, CommanderError, Help } from 'commander';
import { normaliseArguments } from './argv.ts';
import type { Terminal } from './command.ts';
import { commands } from './commands.ts';
import { ExitCode, failureText } from './failures.ts';

/** Answers the exit code; a failure is told in one line. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = programFor(terminal);
  try {
    await program.parseAsync(normaliseArguments(program, args), { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (error instanceof ExitCode) return error.code;
    // Whatever was under way ends with an error of its own.
    if (terminal.interrupted.aborted) return 130;
    terminal.err.write(failureText(error));
    return 1;
  }
}

function programFor(terminal: Terminal): Command {
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
    // Commands inherit this. An error is one line, suggestion and all.
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
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
  return program;
}
