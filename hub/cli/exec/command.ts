// `kelp exec`: run a command in a container.

import type { CliCommand } from '../command.ts';
import { namespaceFlags } from '../flags.ts';
import { withSession } from '../session.ts';

export const execCommand: CliCommand = {
  describe(program, terminal) {
    namespaceFlags(
      program
        .command('exec')
        .description('Run a command in a container')
        .usage('[options] POD | TYPE/NAME -- COMMAND [args...]')
        .argument('<what>', 'POD, or TYPE/NAME (deploy/web: one of its pods)')
        .argument('<command...>', 'after --: the command and its arguments'),
    )
      .option('-c, --container <name>', 'the container', '')
      .option('-i, --stdin', 'pass stdin on to the container')
      .option('-t, --tty', 'stdin is a terminal there too')
      .option('-q, --quiet', 'say nothing but what the command says')
      .action(async (what: string, command: string[], flags) => {
        const { exec } = await import('./exec.ts');
        await withSession(flags, terminal, (session) => exec(what, command, flags, session));
      });
  },
};
